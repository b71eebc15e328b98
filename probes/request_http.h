/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* HTTP/1.0 and 1.1. PING in a line of its own is here as well: it begins as a method does. */
#ifndef LOOPSTALL_REQUEST_HTTP_H
#define LOOPSTALL_REQUEST_HTTP_H

#include "request_resp.h"

#define LS_HEADER_TEXT 18
ls_constant char ls_headers[3 * LS_HEADER_TEXT] = "content-length\0\0\0\0"
						   "transfer-encoding\0"
						   "upgrade\0\0\0\0\0\0\0\0\0\0";
enum { LS_HEADER_LENGTH = 1, LS_HEADER_ENCODING, LS_HEADER_UPGRADE };
ls_constant char ls_http_version[8] = "HTTP/1.";
ls_constant char ls_connect[8] = "CONNECT";

/* What comes next may be no HTTP any more; after CONNECT it is none. */
ls_inline void ls_end_request(struct ls_stream *s)
{
	s->state = LS_STREAM_START;
	if (s->flags & LS_STREAM_UPGRADE) {
		s->state = LS_STREAM_JOIN;
		s->flags &= ~(ls_u32)LS_STREAM_CERTAIN;
	}
	if (s->flags & LS_STREAM_TUNNEL)
		s->state = LS_STREAM_OPAQUE;
}

ls_inline int ls_end_head(struct ls_stream *s)
{
	s->flags |= LS_STREAM_CERTAIN;
	if (s->flags & LS_STREAM_CHUNKED) {
		s->number = 0;
		ls_go(s, LS_STREAM_CHUNK_SIZE);
		return LS_FOUND_REQUEST;
	}
	if (s->number) {
		s->skip = s->number;
		s->state = LS_STREAM_BODY;
		return LS_FOUND_REQUEST;
	}
	ls_end_request(s);
	return LS_FOUND_REQUEST | LS_FOUND_LAST;
}

/* ---- HTTP/1: the first line ---- */

ls_inline int ls_is_connect(const struct ls_stream *s)
{
	const char *t = s->key.name.text;

	return s->key.name.length == 7 && t[0] == ls_connect[0] && t[1] == ls_connect[1] && t[2] == ls_connect[2] &&
	       t[3] == ls_connect[3] && t[4] == ls_connect[4] && t[5] == ls_connect[5] && t[6] == ls_connect[6];
}

/* A health check's: Redis takes a word in a line as a command. Other servers get this one too, so nothing follows from it. */
ls_inline int ls_is_ping(const struct ls_stream *s)
{
	const char *t = s->key.name.text;

	return s->key.name.length == 4 && t[0] == 'P' && t[1] == 'I' && t[2] == 'N' && t[3] == 'G';
}

ls_inline int ls_method(struct ls_stream *s, char c)
{
	if (ls_is_upper(c) || c == '-' || c == '_') {
		if (s->key.name.length >= 20)
			return ls_broken(s);
		ls_append(s, c);
		return LS_FOUND_NOTHING;
	}
	if (ls_is_end(c) && ls_is_ping(s)) {
		s->key.name.protocol = LS_PROTOCOL_REDIS;
		s->state = LS_STREAM_INLINE_REST;
		return c == '\n' ? ls_end_command(s) : LS_FOUND_NOTHING;
	}
	if (c != ' ')
		return ls_broken(s);
	if (ls_is_connect(s))
		s->flags |= LS_STREAM_TUNNEL;
	return ls_go(s, LS_STREAM_TARGET);
}

ls_inline int ls_begin_path(struct ls_stream *s, char first, ls_u32 state)
{
	ls_append(s, ' ');
	ls_append(s, first);
	return ls_go(s, state);
}

/* "/path"; "*" of OPTIONS; "http://user:password@host/path" of a proxy, and of CONNECT "host:port": no path. */
ls_inline int ls_http_target(struct ls_stream *s, char c)
{
	if (s->flags & LS_STREAM_TUNNEL)
		return ls_go(s, LS_STREAM_QUERY);
	if (c == '/' || c == '*')
		return ls_begin_path(s, c, LS_STREAM_PATH);
	return ls_is_upper(ls_upper(c)) ? ls_go(s, LS_STREAM_AUTHORITY) : ls_broken(s);
}

ls_inline int ls_authority(struct ls_stream *s, char c)
{
	if (c == '/' && ++s->matched == 3)
		return ls_begin_path(s, '/', LS_STREAM_PATH);
	if (c == ' ' || c == '?')
		return s->matched == 2 ? ls_begin_path(s, '/', c == ' ' ? LS_STREAM_VERSION : LS_STREAM_QUERY) : ls_broken(s);
	return ls_is_control(c) ? ls_broken(s) : LS_FOUND_NOTHING;
}

/* Of "/cart;jsessionid=1F3" the session's number is no part of the name, as little as a query. */
ls_inline int ls_path(struct ls_stream *s, char c)
{
	if (c == ' ')
		return ls_go(s, LS_STREAM_VERSION);
	if (c == '?' || c == '#' || c == ';')
		return ls_go(s, LS_STREAM_QUERY);
	if (ls_is_control(c))
		return ls_broken(s);
	ls_append(s, c);
	return LS_FOUND_NOTHING;
}

ls_inline int ls_query(struct ls_stream *s, char c)
{
	if (c == ' ')
		return ls_go(s, LS_STREAM_VERSION);
	return c == '\n' ? ls_broken(s) : LS_FOUND_NOTHING;
}

/* "HTTP/1.", a digit, the end of the line. */
ls_inline int ls_version(struct ls_stream *s, char c)
{
	ls_u32 n = s->matched;

	if (n < 7) {
		ls_opaque(n);
		if (c != ls_http_version[n & 7])
			return ls_broken(s);
		s->matched++;
		return LS_FOUND_NOTHING;
	}
	if (n == 7 && ls_is_digit(c)) {
		s->matched++;
		return LS_FOUND_NOTHING;
	}
	if (n < 8 || !ls_is_end(c))
		return ls_broken(s);
	return c == '\n' ? ls_go(s, LS_STREAM_LINE) : LS_FOUND_NOTHING;
}

/* ---- HTTP/1: headers ---- */

ls_inline int ls_header_line(struct ls_stream *s, char c)
{
	char first = ls_lower(c);

	if (c == '\n')
		return ls_end_head(s);
	if (c == '\r')
		return LS_FOUND_NOTHING;
	s->header = first == 'c' ? LS_HEADER_LENGTH : first == 't' ? LS_HEADER_ENCODING : first == 'u' ? LS_HEADER_UPGRADE : 0;
	s->state = s->header ? LS_STREAM_HEADER : LS_STREAM_VALUE;
	s->matched = 1;
	return LS_FOUND_NOTHING;
}

ls_inline int ls_known_header(struct ls_stream *s)
{
	if (s->header == LS_HEADER_ENCODING)
		s->flags |= LS_STREAM_CHUNKED;
	if (s->header == LS_HEADER_UPGRADE)
		s->flags |= LS_STREAM_UPGRADE;
	if (s->header != LS_HEADER_LENGTH)
		return ls_go(s, LS_STREAM_VALUE);
	s->number = 0;
	return ls_go(s, LS_STREAM_LENGTH);
}

ls_inline int ls_header(struct ls_stream *s, char c)
{
	ls_u32 at = (ls_u32)(s->header - 1) * LS_HEADER_TEXT + s->matched;
	char wanted;

	if (c == '\n')
		return ls_go(s, LS_STREAM_LINE);
	ls_opaque(at);
	if (at >= sizeof(ls_headers))
		return ls_broken(s);
	wanted = ls_headers[at];
	if (!wanted && c == ':')
		return ls_known_header(s);
	if (wanted != ls_lower(c) || !wanted)
		return ls_go(s, LS_STREAM_VALUE);
	s->matched++;
	return LS_FOUND_NOTHING;
}

ls_inline int ls_content_length(struct ls_stream *s, char c)
{
	if (c == '\n')
		return s->matched ? ls_go(s, LS_STREAM_LINE) : ls_broken(s);
	if (c == ' ' || c == '\t' || c == '\r')
		return LS_FOUND_NOTHING;
	return ls_digit(s, c);
}

/* ---- HTTP/1: a body in chunks ---- */

ls_inline int ls_chunk_size(struct ls_stream *s, char c)
{
	char lower = ls_lower(c);

	if (c == '\r' || c == ' ' || c == ';')
		return s->matched ? ls_go(s, LS_STREAM_CHUNK_REST) : ls_broken(s);
	if (s->matched >= 15 || !(ls_is_digit(c) || (lower >= 'a' && lower <= 'f')))
		return ls_broken(s);
	s->matched++;
	s->number = s->number * 16 + (ls_u64)(ls_is_digit(c) ? c - '0' : lower - 'a' + 10);
	return LS_FOUND_NOTHING;
}

ls_inline int ls_chunk_rest(struct ls_stream *s, char c)
{
	if (c != '\n')
		return LS_FOUND_NOTHING;
	if (!s->number)
		return ls_go(s, LS_STREAM_TRAILER);
	s->skip = s->number + 2; /* and the end of its line */
	s->number = 0;
	return ls_go(s, LS_STREAM_CHUNK_SIZE);
}

ls_inline int ls_trailer(struct ls_stream *s, char c)
{
	if (c == '\r')
		return LS_FOUND_NOTHING;
	if (c != '\n')
		return ls_go(s, LS_STREAM_TRAILER_REST);
	ls_end_request(s);
	return LS_FOUND_LAST;
}

#endif
