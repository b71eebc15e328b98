// A profile as pprof's profile.proto has it (github.com/google/pprof, proto/profile.proto); the numbers of the fields
// are from there.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "report/numbered.h"
#include "report/protobuf.h"
#include "report/stall_stacks.h"

namespace loopstall {

class PprofProfile {
 public:
  using Values = std::array<std::uint64_t, 2>;  // of the two sample types
  using Labels = std::map<std::string, std::string>;
  struct Type {
    const char *name, *unit;
  };

  PprofProfile();
  void add(const std::vector<const Frame*>& frames, const Labels& labels, Values values);
  void comment(const std::string& text) { comments_.push_back(string(text)); }
  // types: of the values. The second one is shown first.
  std::string encode(const std::array<Type, 2>& types, std::uint64_t start_ns, std::uint64_t duration_ns);

 private:
  struct Function {
    std::size_t name = 0, file = 0;
    std::uint32_t line = 0;
    auto operator<=>(const Function&) const = default;
  };
  struct Location {
    std::size_t function = 0;
    std::uint32_t line = 0;
    auto operator<=>(const Location&) const = default;
  };
  struct Key {
    std::vector<std::size_t> locations;                       // innermost first
    std::vector<std::pair<std::size_t, std::size_t>> labels;  // strings
    auto operator<=>(const Key&) const = default;
  };

  std::size_t string(const std::string& text) { return strings_.number_of(text); }
  std::size_t location_of(const Frame& frame);
  ProtoMessage value_type(const Type& type);
  void encode_samples(ProtoMessage& profile) const;
  void encode_places(ProtoMessage& profile) const;

  Numbered<std::string> strings_;
  Numbered<Function> functions_{1};  // 0 would mean none
  Numbered<Location> locations_{1};
  std::map<Key, Values> samples_;
  std::vector<std::size_t> comments_;
};

}  // namespace loopstall
