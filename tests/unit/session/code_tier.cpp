#include "session/code_tier.h"

#include "catch.h"
#include "unit/session/scene.h"

using namespace loopstall;

TEST_CASE("runtimes whose own functions are not named yet say so") {
  const Scene scene;
  CHECK(code_tier(scene.proc, 7, "Node.js 18.19").why == "native frames only: JavaScript functions are not named yet");
  CHECK(code_tier(scene.proc, 7, "tokio").why == "native frames only: tokio's tasks are not named yet");
}

TEST_CASE("of a native program there is nothing to say") {
  const Scene scene;
  const CodeTier tier = code_tier(scene.proc, 7, "native");
  CHECK(tier.why.empty());
  CHECK_FALSE(tier.python);
}

TEST_CASE("a Python that can not be read has native frames only, and may be readable later") {
  const Scene scene;
  const CodeTier tier = code_tier(scene.proc, 7, "CPython 3.11.2, asyncio");
  CHECK_FALSE(tier.python);
  CHECK(tier.why.ends_with(": native frames only"));
}
