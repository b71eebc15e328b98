// Python: computing while the loop waits.
#include "diagnosis/rule.h"

namespace loopstall {
namespace {

constexpr FamilySet kPython = families(Family::Python);
constexpr CauseSet kCpu = causes(CauseKind::Cpu);

constexpr Rule kRules[] = {
    {"gc", kPython, kCpu, "", "fn:gc_collect* fn:deduce_unreachable* fn:_PyGC_* fn:PyGC_Collect",
     "Python's garbage collector", "gc.freeze()",
     "A full collection walks all objects. Call gc.freeze() once the program has started, or raise the thresholds with "
     "gc.set_threshold()."},
    {"json", kPython, kCpu, "", "std:json/ so:_json so:orjson", "a large JSON document", "orjson, or a process pool",
     "Encoding or decoding JSON holds the loop. Use orjson, send less or in pages, or do it in a ProcessPoolExecutor."},
    {"regex", kPython, kCpu, "", "std:re/__init__.py std:re.py fn:sre_* fn:_sre_* so:_regex",
     "a slow regular expression", "a simpler pattern",
     "Matching took long; nested repetition makes it exponential. Simplify the pattern, limit the text's length, or "
     "use "
     "RE2."},
    {"compression", kPython, kCpu, "",
     "std:gzip.py std:bz2.py std:lzma.py std:zipfile.py std:zipfile/ so:zlib so:libz. so:_bz2 so:libbz2 so:_lzma "
     "so:liblzma so:_brotli "
     "so:_zstd fn:deflate* fn:inflate*",
     "compression", "await asyncio.to_thread()",
     "zlib, bz2 and lzma release the GIL for large data: `await asyncio.to_thread(...)` takes them off the loop."},
    {"hashing", kPython, kCpu, "",
     "so:_hashlib so:libcrypto so:_bcrypt so:_argon2 so:_scrypt std:hashlib.py py:/bcrypt/ py:/passlib/ !so:libssl",
     "hashing or encryption", "await asyncio.to_thread()",
     "Password hashes are slow on purpose, and release the GIL: `await asyncio.to_thread(...)`."},
    {"template", kPython, kCpu, "", "^py:/jinja2/ ^py:/markupsafe/ ^py:/mako/ ^py:/django/template/",
     "rendering a template", "cache, or render less",
     "The template renders a lot at once. Cache the result, page the data, or render in a ProcessPoolExecutor."},
    {"dataframe", kPython, kCpu, "",
     "py:/pandas/ py:/numpy/ py:/scipy/ py:/polars/ so:_multiarray_umath so:libopenblas",
     "computing with pandas or numpy", "a process pool",
     "Run it in a ProcessPoolExecutor; large numpy operations release the GIL, so that `await asyncio.to_thread(...)` "
     "can do."},
    {"pickle", kPython, kCpu, "", "std:pickle.py so:_pickle", "pickling a large object", "a process pool",
     "Pickling holds the GIL and the loop. Pickle less, or let a worker process do it."},
    {"deepcopy", kPython, kCpu, "", "std:copy.py", "copy.deepcopy() of a large object", "copy less",
     "deepcopy() is slow Python code. Copy only what is changed, or use immutable values."},
    {"sort", kPython, kCpu, "", "fn:list_sort* fn:builtin_sorted* fn:binarysort*", "sorting a large list",
     "a process pool", "Sorting holds the GIL and the loop. Let the database sort, or a ProcessPoolExecutor."},
    {"cpu", kPython, kCpu, "", "", "computing", "a process pool",
     "Nothing else runs on the loop meanwhile. Run it in a ProcessPoolExecutor, or cut it into steps with "
     "`await asyncio.sleep(0)` between them."},
};

}  // namespace

std::span<const Rule> python_cpu_rules() { return kRules; }

}  // namespace loopstall
