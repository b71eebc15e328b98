/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The names of the requests in what a server reads from one connection: HTTP/1 and Redis' RESP2 and RESP3. Bytes go in as
 * they come, however they are split; what is kept of them is where in a request they are and the name as far as it was
 * read. Bodies, arguments, headers' values and query strings are skipped: most of them by their lengths, unseen.
 *
 * A connection that speaks something else is given up for good, and one in whose middle we begin is joined at the first
 * read that begins as a request does. No library does this inside of BPF: each loop here has an end that the verifier
 * sees. The kernel side and the unit tests compile this same file.
 */
#ifndef LOOPSTALL_REQUEST_PARSER_H
#define LOOPSTALL_REQUEST_PARSER_H

#include "request_http.h"

/* ---- all of them ---- */

ls_inline int ls_is_tls_record(char c)
{
	return c >= 0x14 && c <= 0x17;
}

ls_inline int ls_first_byte(struct ls_stream *s, char c)
{
	if (ls_is_end(c)) /* between two requests servers allow it */
		return s->flags & LS_STREAM_CERTAIN ? LS_FOUND_NOTHING : ls_broken(s);
	if (ls_is_tls_record(c))
		return ls_go(s, LS_STREAM_TLS_VERSION);
	if (c == '*') {
		ls_begin_name(s, LS_PROTOCOL_REDIS);
		return ls_go(s, LS_STREAM_COUNT);
	}
	if (s->flags & LS_STREAM_REDIS && s->flags & LS_STREAM_CERTAIN && ls_is_upper(ls_upper(c))) {
		ls_begin_name(s, LS_PROTOCOL_REDIS);
		ls_append(s, ls_upper(c));
		return ls_go(s, LS_STREAM_INLINE);
	}
	if (!ls_is_upper(c))
		return ls_broken(s);
	ls_begin_name(s, LS_PROTOCOL_HTTP);
	ls_append(s, c);
	return ls_go(s, LS_STREAM_METHOD);
}

ls_inline int ls_byte(struct ls_stream *s, char c)
{
	switch (s->state) {
	case LS_STREAM_START:
		return ls_first_byte(s, c);
	case LS_STREAM_COUNT:
		return ls_count(s, c);
	case LS_STREAM_DOLLAR:
	case LS_STREAM_ARGUMENTS:
		return ls_dollar(s, c);
	case LS_STREAM_ARGUMENT:
		return ls_argument(s, c);
	case LS_STREAM_NAME:
		return ls_command(s, c);
	case LS_STREAM_METHOD:
		return ls_method(s, c);
	case LS_STREAM_TARGET:
		return ls_http_target(s, c);
	case LS_STREAM_AUTHORITY:
		return ls_authority(s, c);
	case LS_STREAM_PATH:
		return ls_path(s, c);
	case LS_STREAM_QUERY:
		return ls_query(s, c);
	case LS_STREAM_VERSION:
		return ls_version(s, c);
	case LS_STREAM_LINE:
		return ls_header_line(s, c);
	case LS_STREAM_HEADER:
		return ls_header(s, c);
	case LS_STREAM_VALUE:
		return c == '\n' ? ls_go(s, LS_STREAM_LINE) : LS_FOUND_NOTHING;
	case LS_STREAM_LENGTH:
		return ls_content_length(s, c);
	case LS_STREAM_CHUNK_SIZE:
		return ls_chunk_size(s, c);
	case LS_STREAM_CHUNK_REST:
		return ls_chunk_rest(s, c);
	case LS_STREAM_TRAILER:
		return ls_trailer(s, c);
	case LS_STREAM_TRAILER_REST:
		return c == '\n' ? ls_go(s, LS_STREAM_TRAILER) : LS_FOUND_NOTHING;
	case LS_STREAM_INLINE:
		return ls_inline_command(s, c);
	case LS_STREAM_INLINE_REST:
		return c == '\n' ? ls_end_command(s) : LS_FOUND_NOTHING;
	case LS_STREAM_TLS_VERSION:
		if (c != 3)
			return ls_broken(s);
		ls_go(s, LS_STREAM_TLS);
		return LS_FOUND_BROKEN;
	}
	return LS_FOUND_BROKEN;
}

/* ---- faster: what is not looked at ---- */

/* The first of 8 bytes that is a line feed; 8: none. */
ls_inline ls_u32 ls_line_feed(ls_u64 bytes)
{
	ls_u64 zeros = bytes ^ 0x0a0a0a0a0a0a0a0aULL;
	ls_u64 found = (zeros - 0x0101010101010101ULL) & ~zeros & 0x8080808080808080ULL;

	if (!found)
		return 8;
	return (ls_u32)(((found & -found) >> 7) * 0x0001020304050607ULL >> 56);
}

ls_inline int ls_line_is_skipped(const struct ls_stream *s)
{
	return s->state == LS_STREAM_VALUE || s->state == LS_STREAM_INLINE_REST || s->state == LS_STREAM_TRAILER_REST;
}

/* So many bytes of `there` are of no interest. */
ls_inline ls_u64 ls_take_skipped(struct ls_stream *s, ls_u64 there)
{
	ls_u64 n = s->skip < there ? s->skip : there;

	s->skip -= n;
	return n;
}

/* skip has come to its end. */
ls_inline int ls_skipped(struct ls_stream *s)
{
	if (s->state == LS_STREAM_BODY) {
		ls_end_request(s);
		return LS_FOUND_LAST;
	}
	if (s->state == LS_STREAM_ARGUMENTS && !s->arguments) {
		s->flags |= LS_STREAM_REDIS;
		return ls_end_command(s);
	}
	return LS_FOUND_NOTHING;
}

/* ---- for the caller ---- */

/* Before the first byte of each read. begins: it is known to be the connection's first byte. False: nothing to be told. */
ls_inline int ls_begin_read(struct ls_stream *s, int begins)
{
	if (begins) {
		s->state = LS_STREAM_START;
		s->flags |= LS_STREAM_CERTAIN;
	}
	if (s->state == LS_STREAM_JOIN)
		s->state = LS_STREAM_START;
	return s->state != LS_STREAM_OPAQUE && s->state != LS_STREAM_TLS;
}

/* Bytes were missed: nobody knows where in a request it is. */
ls_inline void ls_lose_track(struct ls_stream *s)
{
	s->skip = 0;
	s->flags &= ~(ls_u32)LS_STREAM_CERTAIN;
	if (s->state != LS_STREAM_OPAQUE && s->state != LS_STREAM_TLS)
		s->state = LS_STREAM_JOIN;
}

/* One step further in the chunk, at least a byte, until LS_FOUND_END or LS_FOUND_BROKEN: enum ls_found. */
ls_inline int ls_step(struct ls_stream *s, struct ls_chunk *chunk)
{
	ls_u32 at = chunk->at, end = chunk->end, n;

	if (at >= end)
		return LS_FOUND_END;
	if (s->skip) {
		chunk->at = at + (ls_u32)ls_take_skipped(s, end - at);
		return s->skip ? LS_FOUND_END : ls_skipped(s);
	}
	if (s->state == LS_STREAM_JOIN || s->state == LS_STREAM_OPAQUE)
		return LS_FOUND_BROKEN;
	ls_opaque(at);
	at &= LS_CHUNK - 1;
	if (ls_line_is_skipped(s)) {
		n = ls_line_feed(ls_eight_bytes(&chunk->data[at]));
		if (n) {
			chunk->at = at + n < end ? at + n : end;
			return LS_FOUND_NOTHING;
		}
	}
	chunk->at = at + 1;
	return ls_byte(s, chunk->data[at]);
}

#endif
