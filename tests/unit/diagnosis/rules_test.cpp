// Each rule with frames as they are seen in real programs, and what must not be mistaken for it.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "catch.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/rule.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

const std::string kStd = "/usr/lib/python3.11/", kSite = "/srv/venv/lib/python3.11/site-packages/",
                  kDyn = "/usr/lib/python3.11/lib-dynload/", kUser = "load", kPython = "/usr/bin/python3.11",
                  kRedis = "/usr/bin/redis-check-rdb", kNginx = "/usr/sbin/nginx", kNode = "/usr/bin/node",
                  kApp = "/srv/server";

struct Scene {
  std::string rule, runtime;
  EvidenceSample sample;
};

Cause cause(CauseKind kind, std::string syscall = "", std::string object = "") {
  return {kind, std::move(syscall), std::move(object)};
}

// A Python handler below which these frames lie.
Scene python(std::string rule, Cause why, Stack inner) {
  return {std::move(rule), "CPython 3.11.2",
          asleep(std::move(why), std::move(inner) + Stack{app(kUser, 42)} + asyncio(), 100)};
}

Scene other(std::string rule, std::string runtime, const std::string& module, Cause why, Stack inner) {
  const Stack outer{own("handle_request", module), native_loop("main", module)};
  return {std::move(rule), std::move(runtime), asleep(std::move(why), std::move(inner) + outer, 100)};
}

const Cause kRecv = cause(CauseKind::Socket, "recvfrom", "tcp 10.0.0.5:443 (https)"),
            kPoll = cause(CauseKind::Socket, "poll", "tcp 10.0.0.6:5432 (postgresql)"),
            kWrite = cause(CauseKind::File, "write", "/var/log/app.log"),
            kFsync = cause(CauseKind::File, "fsync", "/srv/db"), kFutex = cause(CauseKind::Lock, "futex"),
            kCpu = cause(CauseKind::Cpu), kNap = cause(CauseKind::Timer, "clock_nanosleep");

Stack extension(const std::string& function, const std::string& module) {
  return {kernel("schedule"), native("__poll"), native(function, module)};
}

Stack acquire() {
  return {kernel("futex_wait_queue"), native("sem_wait"), native("PyThread_acquire_lock_timed", kPython)};
}

Scene gil(std::string rule, Stack holder) {
  EvidenceSample sample =
      gil_wait(Stack{native("take_gil", kPython), app("healthy", 5)} + asyncio(), std::move(holder), 100);
  return {std::move(rule), "CPython 3.11.2", std::move(sample)};
}

std::vector<Scene> machine() {
  return {
      gil("gil", {app("compress", 31), lib("Thread.run", kStd + "threading.py")}),
      gil("gil", {}),
      gil("gil-thread-pool", {app("report", 31), lib("_WorkItem.run", kStd + "concurrent/futures/thread.py", 58)}),
      gil("gil-thread-pool", {app("report", 31), lib("WorkerThread.run", kSite + "anyio/_backends/_asyncio.py", 807)}),
      python("stopped", cause(CauseKind::Stopped), {}),
      python("run-queue", cause(CauseKind::RunQueue), {}),
      python("cpu-quota", cause(CauseKind::Throttled), {}),
      python("page-fault", cause(CauseKind::PageFault), {kernel("folio_wait_bit")})};
}

std::vector<Scene> blocking() {
  const Frame send = lib("Session.send", kSite + "requests/sessions.py", 703),
              urlopen = lib("HTTPConnectionPool.urlopen", kSite + "urllib3/connectionpool.py", 790),
              begin = lib("HTTPResponse.begin", kStd + "http/client.py", 318),
              readinto = lib("SocketIO.readinto", kStd + "socket.py", 706);
  const Stack wait = Stack{} + acquire() + Stack{lib("Condition.wait", kStd + "threading.py", 320)};
  return {
      python("import", cause(CauseKind::File, "openat"),
             {lib("_find_and_load", "<frozen importlib._bootstrap>", 1027)}),
      python("import", kCpu,
             {app("<module>", 9, "/srv/shop/reports.py"),
              lib("_call_with_frames_removed", "<frozen importlib._bootstrap>", 241)}),
      python("logging", kWrite, {native("write"), lib("StreamHandler.emit", kStd + "logging/__init__.py", 1100)}),
      python("requests", kRecv, {native("recv"), readinto, begin, urlopen, send}),
      python("httpx-sync", kRecv,
             {native("recv"), lib("HTTP11Connection.handle_request", kSite + "httpcore/_sync/http11.py")}),
      python("boto", kRecv,
             {native("recv"), readinto, urlopen, lib("URLLib3Session.send", kSite + "botocore/httpsession.py")}),
      python("urllib3", kRecv, {native("recv"), readinto, begin, urlopen}),
      python("http-client", kRecv, {native("recv"), readinto, begin, lib("urlopen", kStd + "urllib/request.py")}),
      python("redis-sync", kRecv,
             {native("recv"), lib("SocketBuffer._read_from_socket", kSite + "redis/connection.py")}),
      python("mongo-sync", kRecv, {native("recv"), lib("receive_message", kSite + "pymongo/network.py")}),
      python("psycopg-sync", kPoll, {native("poll"), lib("wait_poll", kSite + "psycopg/waiting.py")}),
      python("psycopg2", kPoll, extension("pq_execute", kSite + "psycopg2/_psycopg.cpython-311-x86_64-linux-gnu.so")),
      python("psycopg2", kPoll, extension("PQexec", "/usr/lib/x86_64-linux-gnu/libpq.so.5.15")),
      python("mysql-sync", kRecv, {native("recv"), lib("MySQLResult.read", kSite + "pymysql/connections.py")}),
      python("mysql-sync", kRecv, extension("mysql_real_query", "/usr/lib/x86_64-linux-gnu/libmariadb.so.3")),
      python("smtp", kRecv, {native("recv"), readinto, lib("SMTP.getreply", kStd + "smtplib.py", 405)}),
      python("sqlite-commit", cause(CauseKind::File, "fdatasync", "/srv/db.sqlite-journal"),
             extension("sqlite3_step", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6")),
      python("sqlite", kNap, extension("sqliteDefaultBusyCallback", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6")),
      python("sqlite", kCpu,
             extension("pysqlite_connection_execute", kDyn + "_sqlite3.cpython-311-x86_64-linux-gnu.so")),
      python("dns", cause(CauseKind::Socket, "poll", "udp 127.0.0.53:53 (dns)"),
             {native("__poll"), native("__res_context_send"), native("getaddrinfo"),
              lib("getaddrinfo", kStd + "socket.py", 962)}),
      python("subprocess", cause(CauseKind::Child, "wait4"),
             {native("wait4"), lib("Popen._try_wait", kStd + "subprocess.py", 1927)}),
      python("subprocess", cause(CauseKind::Pipe, "read", "pipe"),
             {native("read"), lib("Popen._execute_child", kStd + "subprocess.py", 1800)}),
      python("multiprocessing", cause(CauseKind::Pipe, "read"),
             {native("read"), lib("Connection._recv", kStd + "multiprocessing/connection.py")}),
      python("os-wait", cause(CauseKind::Child, "wait4"), {native("wait4"), native("__libc_system")}),
      python("future-result", kFutex, wait + Stack{lib("Future.result", kStd + "concurrent/futures/_base.py", 451)}),
      python("queue", kFutex, wait + Stack{lib("Queue.get", kStd + "queue.py", 171)}),
      python("thread-join", kFutex,
             acquire() + Stack{lib("Thread._wait_for_tstate_lock", kStd + "threading.py", 1139)}),
      python(
          "thread-start", kFutex,
          wait + Stack{lib("Event.wait", kStd + "threading.py", 622), lib("Thread.start", kStd + "threading.py", 940)}),
      python("thread-event", kFutex, wait + Stack{lib("Event.wait", kStd + "threading.py", 622)}),
      python("file-lock", cause(CauseKind::Lock, "flock", "/run/app.lock"), {native("flock")}),
      python("thread-lock", kFutex, acquire()),
      python("time-sleep", kNap,
             {kernel("do_nanosleep"), native("clock_nanosleep"), native("python3.11!+0x1f2a30", kPython)}),
      python("fsync", kFsync, {native("fsync")}),
      python("file-io", cause(CauseKind::File, "read", "/mnt/nfs/a"), {native("read")}),
      python("pipe-io", cause(CauseKind::Pipe, "write", "pipe"), {native("write")}),
      python("connect", cause(CauseKind::Socket, "connect", "tcp 10.0.0.9:80 (http)"), {native("connect")}),
      python("socket-io", kRecv, {native("recv")}),
  };
}

std::vector<Scene> computing_scenes() {
  const auto python_cpu = [](std::string rule, Stack inner) { return python(std::move(rule), kCpu, std::move(inner)); };
  return {
      python_cpu("gc", {native("visit_decref", kPython), native("deduce_unreachable", kPython),
                        native("gc_collect_main", kPython)}),
      python_cpu("json", {lib("JSONEncoder.iterencode", kStd + "json/encoder.py", 258),
                          lib("dumps", kStd + "json/__init__.py", 231)}),
      python_cpu("regex", {native("sre_ucs1_match", kPython)}),
      python_cpu("regex", {lib("search", kStd + "re/__init__.py", 176)}),
      python_cpu("compression", {native("deflate", "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13"),
                                 lib("compress", kStd + "gzip.py", 548)}),
      python_cpu("hashing", {native("sha512_block_data_order", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3")}),
      python_cpu("hashing", {native("bcrypt!+0x30a0", kSite + "bcrypt/_bcrypt.abi3.so")}),
      python_cpu("template",
                 {lib("root", "<template>", 40), lib("Template.render", kSite + "jinja2/environment.py", 1301)}),
      python_cpu("dataframe", {lib("DataFrame.merge", kSite + "pandas/core/frame.py", 9000)}),
      python_cpu("pickle", {native("save", kDyn + "_pickle.cpython-311-x86_64-linux-gnu.so")}),
      python_cpu("deepcopy", {lib("_deepcopy_dict", kStd + "copy.py", 231), lib("deepcopy", kStd + "copy.py", 146)}),
      python_cpu("sort", {native("binarysort", kPython), native("list_sort_impl", kPython)}),
      python_cpu("cpu", {}),
  };
}

std::vector<Scene> native_scenes() {
  const auto redis = [](std::string rule, Cause why, const std::string& function) {
    return other(std::move(rule), "Redis", kRedis, std::move(why), {own(function, kRedis), own("call", kRedis)});
  };
  const auto node = [](std::string rule, Cause why, const std::string& function) {
    return other(std::move(rule), "Node.js 20.20.2", kNode, std::move(why), {own(function, kNode)});
  };
  const auto tokio = [](std::string rule, Cause why) {
    return other(std::move(rule), "tokio 1.24.2", kApp, std::move(why), {native("syscall")});
  };
  const auto plain = [](std::string rule, Cause why, const std::string& function = "syscall") {
    return other(std::move(rule), "native", kApp, std::move(why), {native(function)});
  };
  return {
      redis("redis-script", kCpu, "luaCallFunction"),
      redis("redis-keys", kCpu, "keysCommand"),
      redis("redis-save", kWrite, "rdbSave.part.0"),
      redis("redis-flush", kCpu, "flushallCommand"),
      redis("redis-del", kCpu, "delGenericCommand"),
      redis("redis-sort", kCpu, "sortCommandGeneric"),
      redis("redis-debug", kNap, "debugCommand"),
      other("redis-debug", "Redis", kRedis, kWrite, {own("rdbSave", kRedis), own("debugCommand", kRedis)}),
      redis("redis-aof", kFsync, "flushAppendOnlyFile"),
      other("nginx-file", "nginx", kNginx, cause(CauseKind::File, "pread64", "/srv/big"),
            {own("ngx_read_file", kNginx)}),
      other("nginx-regex", "nginx", kNginx, kCpu,
            {native("pcre2_match_8", "/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0")}),
      node("node-gc", kCpu, "v8::internal::Heap::CollectGarbage(v8::internal::AllocationSpace)"),
      node("node-spawn", cause(CauseKind::Wait, "epoll_wait"),
           "node::SyncProcessRunner::Spawn(v8::FunctionCallbackInfo<v8::Value> const&)"),
      node("node-json", kCpu, "v8::internal::JsonStringifier::Serialize_()"),
      node("node-regex", kCpu, "v8::internal::RegExpImpl::IrregexpExec(v8::internal::Isolate*)"),
      node("node-crypto", kCpu, "PKCS5_PBKDF2_HMAC"),
      node("node-zlib", kCpu, "deflate_slow"),
      node("node-fs", cause(CauseKind::File, "read", "/srv/a"), "uv_fs_read"),
      node("node-cpu", kCpu, "Builtins_InterpreterEntryTrampoline"),
      tokio("tokio-sleep", kNap),
      tokio("tokio-file", kWrite),
      tokio("tokio-socket", kRecv),
      tokio("tokio-lock", kFutex),
      tokio("tokio-cpu", kCpu),
      plain("native-dns", cause(CauseKind::Socket, "poll", "udp 127.0.0.53:53 (dns)"), "getaddrinfo"),
      plain("native-sleep", kNap),
      plain("native-fsync", kFsync),
      plain("native-file", kWrite),
      plain("native-socket", kRecv),
      plain("native-lock", kFutex),
      plain("native-child", cause(CauseKind::Child, "wait4")),
      plain("native-cpu", kCpu),
  };
}

std::vector<Scene> scenes() {
  std::vector<Scene> all;
  for (auto&& part : {machine(), blocking(), computing_scenes(), native_scenes()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

Evidence evidence_of(const EvidenceSample& sample) {
  const Split split = sample.cause.kind == CauseKind::Cpu ? Split{.cpu_ns = 100} : Split{.blocked_ns = 100};
  Evidence e = evidence({sample}, split, 100);
  e.causes = {{sample.cause, 100}};
  return e;
}

std::string rule_for(const Evidence& e, const std::string& runtime) {
  const auto advice = diagnose(e, runtime);
  return advice ? advice->id : "";
}

std::string rule_for(const Scene& scene) { return rule_for(evidence_of(scene.sample), scene.runtime); }

std::vector<Rule> rules() {
  std::vector<Rule> all;
  for (const auto& table : {machine_rules(), python_blocking_rules(), python_cpu_rules(), native_rules()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

bool is_about_the_machine(const std::string& id) {
  const auto table = machine_rules();
  return std::any_of(table.begin(), table.end(), [&](const Rule& rule) { return rule.id == id; });
}

}  // namespace

TEST_CASE("each scene gets its rule's advice") {
  for (const Scene& scene : scenes()) {
    CAPTURE(scene.rule);
    CHECK(rule_for(scene) == scene.rule);
  }
}

TEST_CASE("each rule has a scene and a name of its own") {
  std::set<std::string> seen, ids;
  for (const Scene& scene : scenes()) seen.insert(scene.rule);
  for (const Rule& rule : rules()) {
    CAPTURE(rule.id);
    CHECK(seen.contains(std::string(rule.id)));
    CHECK(ids.insert(std::string(rule.id)).second);
  }
}

TEST_CASE("without the frames that tell, a rule does not fit") {
  for (const Rule& rule : rules()) {
    if (rule.seen.empty()) continue;
    for (const Scene& scene : scenes()) {
      if (scene.rule != rule.id) continue;
      Scene bare = scene;
      std::erase_if(bare.sample.stack, [](const Frame& f) { return f.role == FrameRole::Library; });
      std::erase_if(bare.sample.holder, [](const Frame& f) { return f.role == FrameRole::Library; });
      std::erase_if(bare.sample.stack, [&](const Frame& f) {
        return f.role == FrameRole::User && f.kind == FrameKind::Native && f.function != "handle_request";
      });
      CAPTURE(rule.id);
      if (rule.seen != "call") CHECK(rule_for(bare) != rule.id);
    }
  }
}

TEST_CASE("with another cause a rule does not fit") {
  for (const Scene& scene : scenes()) {
    Scene changed = scene;
    changed.sample.cause = {};
    changed.sample.on_cpu = false;
    CAPTURE(scene.rule);
    CHECK(rule_for(changed).empty());
  }
}

TEST_CASE("nobody named, no advice but on the machine") {
  for (const Scene& scene : scenes()) {
    Evidence e = evidence_of(scene.sample);
    e.culprit = {.handler = {}, .frame = {}, .unnamed = Unnamed::Several};
    CAPTURE(scene.rule);
    CHECK((rule_for(e, scene.runtime).empty() || is_about_the_machine(scene.rule)));
  }
}

TEST_CASE("frames outside of what the loop dispatched tell nothing") {
  Stack stack = Stack{app("load", 42)} + asyncio();
  stack.push_back(lib("run", kSite + "requests/server.py"));
  CHECK(rule_for({"", "CPython 3.11.2", asleep(kRecv, stack, 100)}) == "socket-io");
}

TEST_CASE("a library that calls the culprit back is not what took the time") {
  const Stack hook =
      Stack{app("hook", 9), lib("JSONDecoder.decode", kStd + "json/decoder.py"), app("load", 42)} + asyncio();
  CHECK(rule_for({"", "CPython 3.11.2", asleep(kCpu, hook, 100)}) == "cpu");
  const Stack page = Stack{app("root", 40, "/srv/shop/page.html"),
                           lib("Template.render", kSite + "jinja2/environment.py"), app("load", 42)} +
                     asyncio();
  CHECK(rule_for({"", "CPython 3.11.2", asleep(kCpu, page, 100)}) == "template");
}

TEST_CASE("the user's own files are no library, whatever they are called") {
  const Stack stack = Stack{app("get", 9, "/srv/shop/requests/client.py")} + asyncio();
  CHECK(rule_for({"", "CPython 3.11.2", asleep(kRecv, stack, 100)}) == "socket-io");
  const Stack queue = acquire() + Stack{lib("get", kSite + "celery/queue.py"), app("load", 42)} + asyncio();
  CHECK(rule_for({"", "CPython 3.11.2", asleep(kFutex, queue, 100)}) == "thread-lock");
}

TEST_CASE("a sleep inside of an extension module is not time.sleep()") {
  CHECK(rule_for(python("", kNap, extension("retry", kSite + "fastdb/_fastdb.abi3.so"))).empty());
  CHECK(rule_for(python("", kFutex, extension("lock", kSite + "fastdb/_fastdb.abi3.so"))).empty());
}

TEST_CASE("the asyncio sides of libraries are not their blocking sides") {
  CHECK(rule_for(python("", kRecv, {lib("read", kSite + "redis/asyncio/connection.py")})) == "socket-io");
  CHECK(rule_for(python("", kCpu,
                        {native("aes_gcm", "/usr/lib/libcrypto.so.3"), native("SSL_read", "/usr/lib/libssl.so.3")})) ==
        "cpu");
}

TEST_CASE("advice says what it was concluded from") {
  const auto sleep = diagnose(evidence_of(python("", kNap, {native("clock_nanosleep")}).sample), "CPython 3.11.2");
  REQUIRE(sleep);
  CHECK(sleep->title == "time.sleep()");
  CHECK(sleep->remedy == "await asyncio.sleep()");
  CHECK(sleep->evidence == "load /srv/shop/app.py:42, asleep in clock_nanosleep");
  const auto holder = diagnose(evidence_of(machine()[0].sample), "CPython 3.11.2");
  REQUIRE(holder);
  CHECK(holder->text.find("`compress`") != std::string::npos);
  CHECK(holder->evidence == "compress /srv/shop/app.py:31, waiting for the GIL");
  const auto nobody = diagnose(evidence_of(gil("", {}).sample), "CPython 3.11.2");
  REQUIRE(nobody);
  CHECK(nobody->text.find("other code ran in another thread") != std::string::npos);
  CHECK(nobody->evidence == "waiting for the GIL");
}

TEST_CASE("who waited for the GIL is not said to have held it") {
  Evidence e = evidence_of(machine()[0].sample);
  e.culprit.held_gil = false;
  e.culprit.frame = e.culprit.handler = app("healthy", 5);
  const auto advice = diagnose(e, "CPython 3.11.2");
  REQUIRE(advice);
  CHECK(advice->text.find("healthy") == std::string::npos);
}

TEST_CASE("a group gets the advice of its worst stall") {
  const Evidence e = evidence_of(python("", kNap, {native("clock_nanosleep")}).sample);
  StallGroup group{
      .loop = {}, .culprit = e.culprit, .cause = {.kind = CauseKind::Timer}, .busy = {}, .example = e.samples[0]};
  CHECK(diagnose(group, "CPython 3.11.2") == diagnose(e, "CPython 3.11.2"));
  group.example = {};
  CHECK_FALSE(diagnose(group, "CPython 3.11.2"));
}

TEST_CASE("texts are short, and fit their place") {
  for (const Rule& rule : rules()) {
    CAPTURE(rule.id);
    CHECK(rule.title.size() <= 42);
    CHECK(rule.remedy.size() <= 36);
    CHECK(rule.text.size() <= 260);
    CHECK(rule.text.ends_with('.'));
  }
}

TEST_CASE("docs/diagnosis.md lists every rule") {
  std::ostringstream text;
  text << std::ifstream(LOOPSTALL_SOURCE_DIR "/docs/diagnosis.md").rdbuf();
  for (const Rule& rule : rules()) {
    CAPTURE(rule.id);
    CHECK(text.str().find("| `" + std::string(rule.id) + "` | " + std::string(rule.title) + " |") != std::string::npos);
  }
}

TEST_CASE("causes and places read well") {
  CHECK(cause_text(kFsync) == "waiting for a file in fsync: /srv/db");
  CHECK(cause_text(cause(CauseKind::Gil, "futex")) == "waiting for the GIL");
  CHECK(cause_text({}) == "no look tells what it did");
  CHECK(cause_label(CauseKind::Throttled) == "CPU quota");
  CHECK(cause_label(static_cast<CauseKind>(99)) == "not known");
  CHECK(place_text(app("f", 3)) == "/srv/shop/app.py:3");
  CHECK(place_text(native("f", "/x.so")) == "/x.so");
  CHECK(place_text({}).empty());
}
