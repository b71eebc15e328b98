// Redis, nginx, Node.js, tokio, and any other program. Node and tokio are seen by native frames only.
#include "diagnosis/rule.h"

namespace loopstall {
namespace {

using enum CauseKind;

constexpr FamilySet kRedis = families(Family::Redis), kNginx = families(Family::Nginx), kNode = families(Family::Node),
                    kTokio = families(Family::Tokio), kNative = families(Family::Native);
constexpr CauseSet kAny = causes(Cpu, Timer, Socket, File, Pipe, Lock, Condition, Child, Wait, Other);
constexpr CauseSet kThreads = causes(Lock, Condition);

constexpr Rule kRules[] = {
    // Before what it calls: DEBUG RELOAD saves.
    {"redis-debug", kRedis, kAny, "", "fn:debugCommand", "DEBUG", "",
     "A DEBUG command is meant for tests: DEBUG SLEEP stops the server, DEBUG RELOAD saves and loads all of its data."},
    {"redis-script", kRedis, kAny, "",
     "fn:luaCall fn:luaCallFunction fn:evalGenericCommand* fn:evalCommand fn:scriptCall*", "a Lua script",
     "shorter scripts",
     "A script runs alone: no other command is served. Make it shorter, or work through the keys in batches."},
    {"redis-keys", kRedis, kAny, "", "fn:keysCommand", "KEYS", "SCAN",
     "KEYS looks at every key at once. Use SCAN, which goes in steps."},
    {"redis-save", kRedis, kAny, "", "fn:saveCommand fn:rdbSave", "SAVE", "BGSAVE",
     "SAVE writes the whole data set while nothing else is served. Use BGSAVE."},
    {"redis-flush", kRedis, kAny, "", "fn:flushallCommand fn:flushdbCommand", "FLUSHALL", "FLUSHALL ASYNC",
     "It frees all keys at once. Use FLUSHALL ASYNC or FLUSHDB ASYNC."},
    {"redis-del", kRedis, kAny, "", "fn:delCommand fn:delGenericCommand", "DEL of a large key", "UNLINK",
     "DEL frees a large value at once. Use UNLINK, which frees it in a thread."},
    {"redis-sort", kRedis, kAny, "", "fn:sortCommand*", "SORT", "a sorted set",
     "SORT sorts at each call. Keep the data in a sorted set, or sort on a replica."},
    {"redis-aof", kRedis, causes(File), "fsync fdatasync", "fn:flushAppendOnlyFile", "fsync of the append-only file",
     "appendfsync everysec",
     "Each write waits for the disk. Use `appendfsync everysec`, and `no-appendfsync-on-rewrite yes` if rewrites slow "
     "the disk."},

    {"nginx-file", kNginx, causes(File), "", "", "a disk read in an nginx worker", "aio threads",
     "The worker waits for the disk, and all of its connections with it. Set `aio threads;` for these locations."},
    {"nginx-regex", kNginx, causes(Cpu), "", "fn:pcre2_* fn:pcre_exec* so:libpcre", "a slow regular expression",
     "a simpler pattern", "Matching a location or rewrite took long. Simplify the pattern, and set `pcre_jit on;`."},

    {"node-gc", kNode, causes(Cpu, Condition, Lock), "",
     "fn:v8::internal::Heap::CollectGarbage* fn:v8::internal::Heap::PerformGarbageCollection*",
     "V8's garbage collector", "a smaller heap",
     "Collecting took long. Keep less alive, above all in caches, or look at it with --trace-gc."},
    {"node-spawn", kNode, kAny, "", "fn:node::SyncProcessRunner::*", "a ...Sync() call of child_process",
     "child_process.spawn()", "The loop waits for another program. Use spawn() or execFile() without Sync."},
    {"node-json", kNode, causes(Cpu), "", "fn:v8::internal::Json* fn:*v8::internal::JsonParser*",
     "a large JSON document", "worker_threads",
     "Parsing or writing JSON holds the loop. Send less, stream it, or use worker_threads."},
    {"node-regex", kNode, causes(Cpu), "", "fn:v8::internal::RegExp* fn:*v8::internal::Irregexp*",
     "a slow regular expression", "a simpler pattern",
     "Matching took long; nested repetition makes it exponential. Simplify the pattern or limit the text's length."},
    {"node-crypto", kNode, causes(Cpu), "", "fn:PKCS5_PBKDF2* fn:EVP_PBE_scrypt* fn:node::crypto::*",
     "a ...Sync() call of crypto", "the call with a callback",
     "Use the form with a callback or a promise: it runs in libuv's thread pool."},
    {"node-zlib", kNode, causes(Cpu), "", "fn:deflate* fn:inflate* fn:BrotliEncoder* fn:BrotliDecoder*",
     "a ...Sync() call of zlib", "the call with a callback",
     "Use the form with a callback, or a stream: it runs in libuv's thread pool."},
    {"node-fs", kNode, causes(File), "", "", "a ...Sync() call of fs", "fs.promises",
     "The loop waits for the disk. Use fs.promises. Native stacks only: JavaScript functions are not named yet."},
    {"node-cpu", kNode, causes(Cpu), "", "", "computing", "worker_threads",
     "Nothing else runs on the loop meanwhile. Use worker_threads. Native stacks only: JavaScript functions are not "
     "named yet."},

    {"tokio-sleep", kTokio, causes(Timer), "", "", "std::thread::sleep()", "tokio::time::sleep().await",
     "It stops the worker thread and all tasks on it. Use tokio::time::sleep(...).await."},
    {"tokio-file", kTokio, causes(File), "", "", "file I/O in a task", "tokio::fs or spawn_blocking()",
     "The worker thread waits for the disk. Use tokio::fs or tokio::task::spawn_blocking()."},
    {"tokio-socket", kTokio, causes(Socket, Wait), "", "", "blocking network I/O in a task", "tokio::net",
     "The worker thread waits for the other side. Use tokio::net, or spawn_blocking() for a blocking client."},
    {"tokio-lock", kTokio, kThreads, "", "", "a blocking lock in a task", "tokio::sync, or hold it shorter",
     "Another thread holds the lock while the worker waits. Hold std's Mutex only briefly and never across an .await, "
     "or "
     "use tokio::sync::Mutex."},
    {"tokio-cpu", kTokio, causes(Cpu), "", "", "computing in a task", "spawn_blocking()",
     "A task that does not .await holds its worker thread. Use tokio::task::spawn_blocking() or rayon."},

    {"native-dns", kNative, causes(Socket, Wait, File, Lock), "", "fn:getaddrinfo fn:gethostbyname* fn:__res_*",
     "a blocking DNS lookup", "c-ares, or a thread",
     "getaddrinfo() waits for the name server. Use an asynchronous resolver (c-ares, the event library's own), or a "
     "thread."},
    {"native-sleep", kNative, causes(Timer), "", "", "a sleep in a handler", "a timer of the event loop",
     "It stops the whole loop. Use a timer of the event loop."},
    {"native-fsync", kNative, causes(File), "fsync fdatasync sync syncfs sync_file_range msync", "",
     "fsync, the disk waited for", "a thread", "The loop waits until the disk has it. Let a thread do it."},
    {"native-file", kNative, causes(File), "", "", "file I/O in a handler", "a thread pool, or io_uring",
     "The loop waits for a disk or a network file system. Let a thread pool do it, or io_uring."},
    {"native-socket", kNative, causes(Socket, Wait), "", "", "a blocking socket call", "non-blocking sockets",
     "The loop waits for the other side. Make the socket non-blocking and wait for it in the event loop."},
    {"native-lock", kNative, kThreads, "", "", "a lock that another thread held", "hold it shorter",
     "The loop waits for another thread. Hold the lock for less time, or hand the work over through a queue."},
    {"native-child", kNative, causes(Child), "", "", "a child process, waited for", "SIGCHLD or a pidfd",
     "The loop waits for another program. Watch it with SIGCHLD or a pidfd in the event loop."},
    {"native-cpu", kNative, causes(Cpu), "", "", "computing in a handler", "a thread pool",
     "Nothing else runs on the loop meanwhile. Let a thread pool do it, or cut it into steps."},
};

}  // namespace

std::span<const Rule> native_rules() { return kRules; }

}  // namespace loopstall
