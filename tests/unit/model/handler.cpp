// Stacks as real servers have them, innermost first: "function file line".
#include "model/handler.h"

#include <sstream>

#include "catch.h"

using namespace loopstall;

namespace {

// u user, l library, - loop; each line: role, function, file, first line.
Stack parse(const std::string& text) {
  Stack stack;
  std::istringstream lines(text);
  char role = 0;
  Frame frame{.kind = FrameKind::Python};
  while (lines >> role >> frame.function >> frame.file >> frame.first_line) {
    frame.role = role == 'u' ? FrameRole::User : role == 'l' ? FrameRole::Library : FrameRole::Loop;
    stack.push_back(frame);
  }
  return stack;
}

std::string handler(const std::string& text) { return handler_of(parse(text)).name; }

const std::string kServer =
    "l RequestResponseCycle.run_asgi /v/lib/python3.11/site-packages/uvicorn/protocols/http/h11_impl.py 400\n"
    "- Handle._run /usr/lib/python3.11/asyncio/events.py 78\n"
    "- BaseEventLoop._run_once /usr/lib/python3.11/asyncio/base_events.py 1800\n"
    "- <module> /app/main.py 1\n";
const std::string kRouter =
    "l run_endpoint_function /v/lib/python3.11/site-packages/fastapi/routing.py 180\n"
    "l app /v/lib/python3.11/site-packages/starlette/routing.py 60\n";

}  // namespace

TEST_CASE("a route is the handler, whatever it calls") {
  const std::string stack = "u helper /app/db.py 5\nu Items.read /app/routes.py 20\n" + kRouter + kServer;
  CHECK(handler(stack) == "Items.read");
  CHECK(handler_of(parse(stack)) == SourceName{"Items.read", "/app/routes.py", 20});
  CHECK(handler("l dumps /usr/lib/python3.11/json/__init__.py 183\n" + stack) == "Items.read");
}

TEST_CASE("a middleware around the router is not the handler of what is inside it") {
  const std::string middleware = "u Timing.__call__ /app/middleware.py 9\n" + kServer;
  CHECK(handler("u read /app/routes.py 20\n" + kRouter + middleware) == "read");
  CHECK(handler(middleware) == "Timing.__call__");
  CHECK(handler(kRouter + middleware).empty());
}

TEST_CASE("what a framework does for a route is the route's, what it does around it nobody's") {
  const std::string render = "l JSONResponse.render /v/lib/python3.11/site-packages/starlette/responses.py 190\n";
  const std::string middleware = "u Timing.__call__ /app/middleware.py 9\n";
  CHECK(handler(render + "u read /app/routes.py 20\n" + kRouter + middleware + kServer) == "read");
  CHECK(handler(render + kRouter + middleware + kServer).empty());
}

TEST_CASE("what a library or the standard library calls back belongs to its caller") {
  CHECK(handler("u key /app/sort.py 3\nl sorted_by /usr/lib/python3.11/heapq.py 500\nu read /app/routes.py 20\n" +
                kRouter + kServer) == "read");
  CHECK(handler("u positive /app/models.py 3\nl BaseModel.__init__ "
                "/v/lib/python3.11/site-packages/pydantic/main.py 200\nu read /app/routes.py 20\n" +
                kRouter + kServer) == "read");
}

TEST_CASE("without a framework the handler is the outermost of the user's frames") {
  CHECK(handler("u inner /app/a.py 3\nu outer /app/a.py 9\n- Handle._run /usr/lib/python3.11/asyncio/events.py 78\n") ==
        "outer");
}

TEST_CASE("a loop that runs nested in a handler is part of it") {
  CHECK(handler("u nested /app/a.py 3\n- Handle._run /usr/lib/python3.11/asyncio/events.py 78\n"
                "u read /app/routes.py 20\n" +
                kRouter + kServer) == "read");
}

TEST_CASE("nobody is the handler where no user's frame or no loop is") {
  CHECK(handler(kRouter + kServer).empty());
  CHECK(handler("u read /app/routes.py 20\n").empty());
  CHECK(handler("").empty());
}

TEST_CASE("frameworks are told by the package that they are installed in") {
  CHECK(is_framework("/v/lib/python3.11/site-packages/fastapi/routing.py"));
  CHECK(is_framework("/usr/lib/python3/dist-packages/tornado/web.py"));
  CHECK(is_framework("/v/site-packages/falcon.py"));
  CHECK_FALSE(is_framework("/v/lib/python3.11/site-packages/fastapi_users/router.py"));
  CHECK_FALSE(is_framework("/v/lib/python3.11/site-packages/pydantic/main.py"));
  CHECK_FALSE(is_framework("/app/fastapi/routing.py"));
  CHECK_FALSE(is_framework(""));
}
