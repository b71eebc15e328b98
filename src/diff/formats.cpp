#include "diff/formats.h"

#include <array>

namespace loopstall {
namespace {

constexpr std::array<DiffFormat, 4> kFormats{{
    {"text", "txt", render_diff_text},
    {"json", "json", render_diff_json},
    {"markdown", "md", render_diff_markdown},
    {"html", "html", render_diff_html},
}};

}  // namespace

std::span<const DiffFormat> diff_formats() { return kFormats; }

}  // namespace loopstall
