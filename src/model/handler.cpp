#include "model/handler.h"

#include <algorithm>
#include <iterator>

#include "model/blame_path.h"
#include "model/culprit.h"

namespace loopstall {
namespace {

constexpr std::string_view kFrameworks[] = {
    // servers
    "daphne", "granian", "gunicorn", "hypercorn", "uvicorn",
    // web
    "aiohttp", "asgiref", "blacksheep", "channels", "connexion", "django", "emmett", "falcon", "fastapi", "flask",
    "litestar", "muffin", "ninja", "quart", "robyn", "sanic", "starlette", "starlite", "tornado",
    // queries and calls
    "ariadne", "graphql", "grpc", "strawberry", "twisted",
    // messages
    "aio_pika", "aiogram", "aiokafka", "aiormq", "arq", "discord", "engineio", "faststream", "faust", "nats",
    "socketio", "taskiq", "telegram", "telethon", "websockets"};

std::string_view package_of(std::string_view file) {
  for (const std::string_view folder : {"/site-packages/", "/dist-packages/"}) {
    const auto at = file.rfind(folder);
    if (at == file.npos) continue;
    const auto rest = file.substr(at + folder.size());
    return rest.substr(0, rest.find_first_of("/."));
  }
  return "";
}

// How applications, routers and middlewares call what is inside them.
constexpr std::string_view kDispatch[] = {"__acall__", "__call__", "app",     "call_next", "coro",
                                          "dispatch",  "handle",   "handler", "inner",     "dispatch_request"};

bool dispatches(const Frame& frame) {
  const auto name = std::string_view(frame.function).substr(frame.function.rfind('.') + 1);
  return is_framework(frame.file) && std::find(std::begin(kDispatch), std::end(kDispatch), name) != std::end(kDispatch);
}

}  // namespace

bool is_framework(std::string_view file) {
  const auto package = package_of(file);
  return std::find(std::begin(kFrameworks), std::end(kFrameworks), package) != std::end(kFrameworks);
}

std::optional<std::size_t> handler_frame(const Stack& stack, std::size_t dispatched) {
  std::optional<std::size_t> handler;
  for (std::size_t i = 0; i < dispatched; ++i) {
    if (handler && is_framework(stack[i].file)) break;
    if (!handler && dispatches(stack[i])) break;
    if (is_user(stack[i])) handler = i;
  }
  return handler;
}

SourceName handler_of(const Stack& stack) {
  const auto handler = handler_frame(stack, dispatched_frames(stack).value_or(0));
  if (!handler) return {};
  const Frame& frame = stack[*handler];
  return {frame.function, frame.file, frame.first_line};
}

}  // namespace loopstall
