/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Redis' RESP: "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n". */
#ifndef LOOPSTALL_REQUEST_RESP_H
#define LOOPSTALL_REQUEST_RESP_H

#include "request_stream.h"

ls_inline int ls_end_command(struct ls_stream *s)
{
	s->flags |= LS_STREAM_CERTAIN;
	s->state = LS_STREAM_START;
	return LS_FOUND_REQUEST | LS_FOUND_LAST;
}

ls_inline int ls_count(struct ls_stream *s, char c)
{
	if (c == '\r')
		return LS_FOUND_NOTHING;
	if (c != '\n')
		return s->matched < 9 ? ls_digit(s, c) : ls_broken(s);
	if (!s->matched)
		return ls_broken(s);
	s->arguments = (ls_u32)s->number;
	return ls_go(s, s->arguments ? LS_STREAM_DOLLAR : LS_STREAM_START); /* none: Redis takes no notice */
}

ls_inline int ls_dollar(struct ls_stream *s, char c)
{
	if (c != '$')
		return ls_broken(s);
	s->number = 0;
	return ls_go(s, LS_STREAM_ARGUMENT);
}

ls_inline int ls_argument(struct ls_stream *s, char c)
{
	if (c == '\r')
		return LS_FOUND_NOTHING;
	if (c != '\n')
		return ls_digit(s, c);
	if (!s->matched)
		return ls_broken(s);
	s->arguments--;
	if (s->flags & LS_STREAM_NAMED) {
		s->skip = s->number + 2;
		return ls_go(s, LS_STREAM_ARGUMENTS);
	}
	if (!s->number)
		return ls_broken(s);
	s->flags |= LS_STREAM_NAMED;
	return ls_go(s, LS_STREAM_NAME);
}

ls_inline int ls_command(struct ls_stream *s, char c)
{
	if (!ls_is_command(c))
		return ls_broken(s);
	ls_append(s, ls_upper(c));
	if (--s->number)
		return LS_FOUND_NOTHING;
	s->skip = 2;
	return ls_go(s, LS_STREAM_ARGUMENTS);
}

/* A line of words is a command as well: "PING", "GET key". */
ls_inline int ls_inline_command(struct ls_stream *s, char c)
{
	if (c == '\n')
		return ls_end_command(s);
	if (c == ' ' || c == '\t' || c == '\r')
		return ls_go(s, LS_STREAM_INLINE_REST);
	if (!ls_is_command(c))
		return ls_broken(s);
	ls_append(s, ls_upper(c));
	return LS_FOUND_NOTHING;
}

#endif
