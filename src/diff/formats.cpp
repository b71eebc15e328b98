#include "diff/formats.h"

#include <array>

namespace loopstall {
namespace {

constexpr std::array<DiffFormat, 3> kFormats{{
    {"text", "txt", render_diff_text},
    {"json", "json", render_diff_json},
    {"markdown", "md", render_diff_markdown},
}};

}  // namespace

std::span<const DiffFormat> diff_formats() { return kFormats; }

}  // namespace loopstall
