/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One connection's requests: where in them it is, and what is known of the open one. See request_parser.h. */
#ifndef LOOPSTALL_REQUEST_STREAM_H
#define LOOPSTALL_REQUEST_STREAM_H

#include "request.h"

#ifdef __bpf__
#define ls_inline static __always_inline
/* The compiler knows bounds from elsewhere and drops tests that the verifier needs. */
#define ls_opaque(x) asm volatile("" : "+r"(x))
#define ls_eight_bytes(at) (*(const ls_u64 *)(at))
/* Of a static one clang leaves the place in .rodata to a linker, and the kernel refuses the type information. */
#define ls_constant const
#else
#define ls_inline static inline
#define ls_opaque(x) (void)(x)
#define ls_constant static const
ls_inline ls_u64 ls_eight_bytes(const char *at)
{
	ls_u64 bytes;

	__builtin_memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}
#endif

/* A piece of what was read. Beyond its end stands anything. */
#define LS_CHUNK 1024

struct ls_chunk {
	ls_u32 at, end; /* end <= LS_CHUNK */
	char data[LS_CHUNK + 8];
};

enum ls_stream_state {
	LS_STREAM_JOIN = 0, /* in the middle of something: its next read may be the beginning of a request */
	LS_STREAM_START,
	LS_STREAM_OPAQUE,   /* no protocol that is known here */
	LS_STREAM_TLS_VERSION, LS_STREAM_TLS,

	LS_STREAM_METHOD, LS_STREAM_TARGET, LS_STREAM_AUTHORITY, LS_STREAM_PATH, LS_STREAM_QUERY, LS_STREAM_VERSION,
	LS_STREAM_LINE, LS_STREAM_HEADER, LS_STREAM_VALUE, LS_STREAM_LENGTH, /* of the head */
	LS_STREAM_BODY,                                                      /* by its length */
	LS_STREAM_CHUNK_SIZE, LS_STREAM_CHUNK_REST, LS_STREAM_TRAILER, LS_STREAM_TRAILER_REST,

	LS_STREAM_COUNT, LS_STREAM_DOLLAR, LS_STREAM_ARGUMENT, LS_STREAM_NAME, LS_STREAM_ARGUMENTS, /* of RESP */
	LS_STREAM_INLINE, LS_STREAM_INLINE_REST,
};

enum ls_stream_flag {
	LS_STREAM_CERTAIN = 1 << 0, /* it is known to be where a request begins, or in one that was read from there on */
	LS_STREAM_REDIS = 1 << 1,   /* this server speaks RESP: a command came as an array, here or (says the caller) elsewhere */
	LS_STREAM_CHUNKED = 1 << 2, /* of the open request */
	LS_STREAM_UPGRADE = 1 << 3,
	LS_STREAM_TUNNEL = 1 << 4,
	LS_STREAM_NAMED = 1 << 5,   /* RESP: its name was read, arguments follow */
};

struct ls_stream {
	ls_u64 skip;   /* so many bytes come first that are of no interest */
	ls_u64 number; /* the length that is being read */
	ls_u32 arguments; /* RESP: that have not begun yet */
	ls_u32 state;     /* enum ls_stream_state */
	ls_u32 flags;     /* enum ls_stream_flag */
	ls_u32 header;    /* which of ls_headers it may be, plus 1; 0: none */
	ls_u32 matched;   /* characters of it; digits of a number; slashes of an address */
	ls_u32 pad;
	struct ls_request_key key; /* its slot is the caller's */
};

enum ls_found {
	LS_FOUND_NOTHING = 0,
	LS_FOUND_REQUEST = 1 << 0, /* its head is complete: name says which */
	LS_FOUND_LAST = 1 << 1,    /* its last byte */
	LS_FOUND_BROKEN = 1 << 2,  /* the rest of this read can not be told */
	LS_FOUND_END = 1 << 3,     /* of the chunk */
};

/* ---- names ---- */

ls_inline void ls_begin_name(struct ls_stream *s, ls_u8 protocol)
{
	__builtin_memset(&s->key.name, 0, sizeof(s->key.name));
	s->key.name.protocol = protocol;
	s->number = s->matched = s->header = 0;
	s->flags &= LS_STREAM_CERTAIN | LS_STREAM_REDIS;
}

ls_inline void ls_append(struct ls_stream *s, char c)
{
	ls_u32 n = s->key.name.length;
	ls_u32 most = s->key.name.protocol == LS_PROTOCOL_REDIS ? LS_COMMAND_TEXT : LS_REQUEST_TEXT;

	if (n >= most) {
		s->key.name.cut = 1;
		return;
	}
	ls_opaque(n);
	if (n >= LS_REQUEST_TEXT)
		return;
	s->key.name.text[n] = c;
	s->key.name.length++;
}

ls_inline char ls_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

ls_inline char ls_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

ls_inline int ls_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

ls_inline int ls_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

ls_inline int ls_is_end(char c)
{
	return c == '\r' || c == '\n';
}

ls_inline int ls_is_control(char c)
{
	return (ls_u8)c < ' ' || c == 0x7f;
}

/* Of commands; modules' have a dot: FT.SEARCH. */
ls_inline int ls_is_command(char c)
{
	return ls_is_upper(ls_upper(c)) || ls_is_digit(c) || c == '.' || c == '_' || c == '-' || c == '|';
}

/* ---- ends ---- */

ls_inline int ls_broken(struct ls_stream *s)
{
	s->skip = 0;
	s->state = s->flags & LS_STREAM_CERTAIN ? LS_STREAM_OPAQUE : LS_STREAM_JOIN;
	return LS_FOUND_BROKEN;
}

ls_inline int ls_go(struct ls_stream *s, ls_u32 state)
{
	s->state = state;
	s->matched = 0;
	return LS_FOUND_NOTHING;
}

/* A number of at most 18 digits. */
ls_inline int ls_digit(struct ls_stream *s, char c)
{
	if (!ls_is_digit(c) || s->matched >= 18)
		return ls_broken(s);
	s->matched++;
	s->number = s->number * 10 + (ls_u64)(c - '0');
	return LS_FOUND_NOTHING;
}

#endif
