// Python: calls that sleep while the loop waits. First who was called, then, where that is not known, what was slept
// on.
#include "diagnosis/rule.h"

namespace loopstall {
namespace {

using enum CauseKind;

constexpr FamilySet kPython = families(Family::Python);
constexpr CauseSet kNetwork = causes(Socket, Wait);
constexpr CauseSet kBlocked = causes(Timer, Socket, File, Pipe, Lock, Condition, Child, Wait, Other);
constexpr CauseSet kThreads = causes(Lock, Condition, Other);

constexpr Rule kRules[] = {
    {"import", kPython, kBlocked | causes(Cpu), "", "^py:importlib._bootstrap ^std:importlib/__init__.py!import_module",
     "an import at request time", "import at the top of the module",
     "A module was imported for the first time while requests waited. Import it when the program starts."},
    {"logging", kPython, kBlocked, "", "std:logging/__init__.py std:logging/handlers.py", "logging to a slow sink",
     "logging.handlers.QueueHandler",
     "A log record was written from the loop, and its sink was slow. Put a QueueHandler on the logger and let a "
     "QueueListener's thread write."},

    {"requests", kPython, kNetwork, "", "py:/requests/", "requests, a blocking HTTP client",
     "httpx.AsyncClient or aiohttp",
     "The loop waits for the whole answer. Use httpx.AsyncClient or aiohttp, or `await asyncio.to_thread(...)`."},
    {"httpx-sync", kPython, kNetwork, "", "py:/httpcore/_sync/", "httpx.Client, a blocking HTTP client",
     "httpx.AsyncClient", "The loop waits for the whole answer. Use httpx.AsyncClient with `await`."},
    {"boto", kPython, kNetwork, "", "py:/botocore/ !py:/aiobotocore/", "boto3, a blocking client", "aioboto3",
     "The loop waits for the whole answer. Use aioboto3, or `await asyncio.to_thread(...)`."},
    {"urllib3", kPython, kNetwork, "", "py:/urllib3/", "urllib3, a blocking HTTP client",
     "httpx.AsyncClient or aiohttp",
     "The loop waits for the whole answer. Use httpx.AsyncClient or aiohttp, or `await asyncio.to_thread(...)`."},
    {"redis-sync", kPython, kNetwork, "", "py:/redis/ !py:/redis/asyncio/", "redis, the blocking client",
     "redis.asyncio", "The loop waits for Redis. Use redis.asyncio.Redis with `await`: it has the same commands."},
    {"mongo-sync", kPython, kNetwork | kThreads, "", "py:/pymongo/ !py:/pymongo/asynchronous/",
     "pymongo, the blocking client", "pymongo.AsyncMongoClient",
     "The loop waits for MongoDB. Use pymongo.AsyncMongoClient with `await`."},
    {"psycopg-sync", kPython, kNetwork, "", "py:/psycopg/", "psycopg, a blocking connection", "psycopg.AsyncConnection",
     "The loop waits for PostgreSQL. Use psycopg.AsyncConnection (or AsyncConnectionPool) with `await`."},
    {"psycopg2", kPython, kNetwork, "", "so:_psycopg so:libpq", "psycopg2, a blocking driver",
     "asyncpg or psycopg.AsyncConnection",
     "The loop waits for PostgreSQL. Use asyncpg or psycopg 3's AsyncConnection, or `await asyncio.to_thread(...)`."},
    {"mysql-sync", kPython, kNetwork, "",
     "so:_mysql so:libmysqlclient so:libmariadb py:/pymysql/ py:/MySQLdb/ py:/mysql/connector/ "
     "!py:/mysql/connector/aio/ !py:/aiomysql/",
     "a blocking MySQL driver", "asyncmy or aiomysql",
     "The loop waits for MySQL. Use asyncmy or aiomysql, or `await asyncio.to_thread(...)`."},
    {"smtp", kPython, kNetwork, "", "std:smtplib.py", "smtplib, a blocking mail client", "aiosmtplib",
     "The loop waits for the mail server. Use aiosmtplib, or send from a task queue."},
    {"http-client", kPython, kNetwork, "", "std:http/client.py std:urllib/request.py", "urllib, a blocking HTTP client",
     "httpx.AsyncClient or aiohttp",
     "The loop waits for the whole answer. Use httpx.AsyncClient or aiohttp, or `await asyncio.to_thread(...)`."},
    {"sqlite-commit", kPython, causes(File), "fsync fdatasync", "so:_sqlite3 so:libsqlite3", "SQLite commits to disk",
     "aiosqlite",
     "A commit waits until the disk has it. Use aiosqlite or `await asyncio.to_thread(...)`; with WAL and "
     "`PRAGMA synchronous=NORMAL` a commit need not wait for the disk."},
    {"sqlite", kPython, causes(File, Lock, Timer, Other, Cpu), "", "so:_sqlite3 so:libsqlite3",
     "sqlite3, a blocking database", "aiosqlite",
     "A query runs in the loop's own thread, and waits there when the database is locked. Use aiosqlite or "
     "`await asyncio.to_thread(...)`."},
    {"dns", kPython, causes(Socket, Wait, File, Lock), "",
     "std:socket.py!getaddrinfo fn:getaddrinfo fn:gethostbyname* fn:__res_*", "a blocking DNS lookup",
     "await loop.getaddrinfo()",
     "getaddrinfo() waits for the name server. Use `await loop.getaddrinfo(...)`, or connect through asyncio, which "
     "looks names up in a thread."},

    {"subprocess", kPython, causes(Child, Pipe, Wait, Timer, Socket), "", "std:subprocess.py", "subprocess, waited for",
     "asyncio.create_subprocess_exec()",
     "The loop waits for another program. Use `await asyncio.create_subprocess_exec(...)` and "
     "`await process.communicate()`."},
    {"multiprocessing", kPython, causes(Pipe, Lock, Condition, Child, Socket, Wait, Other), "", "std:multiprocessing/",
     "multiprocessing, waited for", "loop.run_in_executor()",
     "The loop waits for a worker process. Use `await loop.run_in_executor(process_pool, ...)`."},
    {"os-wait", kPython, causes(Child), "", "call", "a child process, waited for", "asyncio.create_subprocess_exec()",
     "os.system() or os.waitpid() waits for another program. Use `await asyncio.create_subprocess_exec(...)`."},
    {"future-result", kPython, kThreads, "", "std:concurrent/futures/_base.py", "Future.result() of a thread",
     "await asyncio.wrap_future()",
     "The loop waits for a pool's result. Use `await asyncio.wrap_future(future)` or `await "
     "loop.run_in_executor(...)`."},
    {"queue", kPython, kThreads, "", "std:queue.py so:_queue", "queue.Queue", "asyncio.Queue",
     "The loop waits for another thread's item. Use asyncio.Queue; other threads put into it with "
     "loop.call_soon_threadsafe()."},
    {"thread-join", kPython, kThreads, "", "std:threading.py!join std:threading.py!_wait_for_tstate_lock",
     "Thread.join()", "await asyncio.to_thread()",
     "The loop waits for a thread's end. Start the work with `await asyncio.to_thread(...)`."},
    {"thread-start", kPython, kThreads, "", "std:threading.py!start", "Thread.start(), which the GIL delays",
     "threads started beforehand",
     "start() returns once the new thread runs Python, and for that it needs the GIL, which another thread held, or a "
     "CPU. Start threads before there is load, and let what computes in a thread run in a ProcessPoolExecutor."},
    {"thread-event", kPython, kThreads, "", "std:threading.py!wait std:threading.py!wait_for",
     "threading.Event or Condition", "asyncio.Event",
     "The loop waits for another thread's signal. Use asyncio.Event; other threads set it with "
     "loop.call_soon_threadsafe()."},
    {"file-lock", kPython, causes(Lock), "flock fcntl", "", "a file lock", "await asyncio.to_thread()",
     "Another process holds the lock. Wait for it in a thread: `await asyncio.to_thread(fcntl.flock, ...)`."},
    {"thread-lock", kPython, kThreads, "futex", "call", "threading.Lock", "asyncio.Lock",
     "Another thread holds the lock while the loop waits. Hold it for less time, use asyncio.Lock among tasks, or "
     "take it in `await asyncio.to_thread(...)`."},
    {"time-sleep", kPython, causes(Timer), "", "call", "time.sleep()", "await asyncio.sleep()",
     "It stops the whole loop, not only this task. Use `await asyncio.sleep(...)`."},

    {"fsync", kPython, causes(File), "fsync fdatasync sync syncfs sync_file_range msync", "",
     "fsync, the disk waited for", "await asyncio.to_thread()",
     "The loop waits until the disk has it. Use `await asyncio.to_thread(os.fsync, fd)`."},
    {"file-io", kPython, causes(File), "", "", "file I/O", "await asyncio.to_thread()",
     "The loop waits for a disk or a network file system. Use `await asyncio.to_thread(...)` or aiofiles."},
    {"pipe-io", kPython, causes(Pipe), "", "", "a blocking pipe", "await asyncio.to_thread()",
     "The other end of the pipe is slow. If it is standard output, log through a QueueHandler; else use asyncio's "
     "pipe transports or `await asyncio.to_thread(...)`."},
    {"connect", kPython, causes(Socket, Wait), "connect", "", "a blocking connect()", "await asyncio.open_connection()",
     "The loop waits for the other side to answer. Use `await asyncio.open_connection(...)` or an asyncio client."},
    {"socket-io", kPython, causes(Socket), "", "", "a blocking socket", "asyncio streams",
     "The loop waits for the other side to answer. Use an asyncio client for this service, asyncio streams, or "
     "`await asyncio.to_thread(...)`."},
};

}  // namespace

std::span<const Rule> python_blocking_rules() { return kRules; }

}  // namespace loopstall
