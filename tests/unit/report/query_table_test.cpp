#include "report/query_table.h"

#include "catch.h"

namespace loopstall {
namespace {

const Table kTable{{"name", "n", "n"},
                   {{"it's, \"so\"", std::int64_t{7}, 0.25}, {std::string("=1+\n\xff"), std::int64_t{-12}, {}}}};

}  // namespace

TEST_CASE("a table for people has its numbers to the right") {
  CHECK(table_as_text(kTable) ==
        "name          n     n\n"
        "it's, \"so\"    7  0.25\n"
        "=1+��       -12\n");
  CHECK(table_as_text({{"a", "b"}, {}}) == "a  b\n");
}

TEST_CASE("a table as CSV") { CHECK(table_as_csv(kTable) == "name,n,n\n\"it's, \"\"so\"\"\",7,0.25\n'=1+��,-12,\n"); }

TEST_CASE("a table as JSON keeps types, and columns of the same name apart") {
  CHECK(table_as_json(kTable) ==
        "[\n {\"name\":\"it's, \\\"so\\\"\",\"n\":7,\"n_2\":0.25},\n"
        " {\"name\":\"=1+\\n\\ufffd\",\"n\":-12,\"n_2\":null}\n]\n");
  CHECK(table_as_json({{"a"}, {}}) == "[]\n");
}

}  // namespace loopstall
