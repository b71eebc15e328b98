// Names and lines for the frames of one process, read from its memory when a code object is first seen.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "model/evidence.h"
#include "model/raw_sample.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

class PythonNames {
 public:
  PythonNames(std::unique_ptr<TargetMemory> memory, const PythonLayout& layout);
  PythonNames(int pid, const PythonLayout& layout);

  // Innermost first, with roles (see cpython_roles.h). A frame whose code object is gone, its memory used for something
  // else, keeps its place without a name: function and file are "", role is Library.
  Stack stack(std::span<const RawPythonFrame> frames, bool truncated = false, std::size_t outside = 0);

  // function is co_qualname ("Class.method"), before 3.11 the bare co_name. nullopt: the code object is gone.
  std::optional<Frame> frame(const RawPythonFrame& raw);

  std::uint64_t lost() const { return lost_; }  // frames without a name, each time they were asked for

 private:
  struct Code {
    std::string function, file;
    std::optional<std::string> table;  // nullopt: too long or not readable, so there are no lines
  };
  struct Hash {
    std::size_t operator()(const RawPythonFrame& raw) const;
  };
  const Code* code_of(const RawPythonFrame& raw);
  std::optional<Code> read(const RawPythonFrame& raw) const;
  bool still_there(const RawPythonFrame& raw) const;

  std::unique_ptr<TargetMemory> memory_;
  PythonLayout layout_;
  std::unordered_map<RawPythonFrame, Code, Hash> codes_;  // by a frame with instr 0
  std::size_t bytes_ = 0;                                 // held by codes_
  std::uint64_t lost_ = 0;
};

}  // namespace loopstall
