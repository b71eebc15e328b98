// probes/buckets.h, which the kernel counts with.
#include "probes/buckets.h"

#include <cstdint>

#include "catch.h"

TEST_CASE("buckets are contiguous and ascending") {
  for (unsigned b = 1; b < LS_BUCKETS; ++b) {
    CAPTURE(b);
    const unsigned long long low = ls_bucket_low(b);
    REQUIRE(ls_bucket(low) == b);
    REQUIRE(ls_bucket(low - 1) == b - 1);
  }
}

TEST_CASE("a bucket above the linear range is at most 1/64 of its lower edge wide") {
  for (unsigned b = LS_SUB; b + 1 < LS_BUCKETS; ++b)
    REQUIRE((ls_bucket_low(b + 1) - ls_bucket_low(b)) * LS_SUB <= ls_bucket_low(b));
}

TEST_CASE("the logarithm is right at every power of two") {
  for (unsigned e = 0; e < 64; ++e) {
    REQUIRE(ls_log2(1ULL << e) == e);
    if (e) REQUIRE(ls_log2((1ULL << e) - 1) == e - 1);
  }
}

TEST_CASE("every value has a bucket") {
  CHECK(ls_bucket(0) == 0);
  CHECK(ls_bucket(UINT64_MAX) == LS_BUCKETS - 1);
}
