#include "capture/epolls.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace loopstall {
namespace {

bool is_epoll(int pid, unsigned fd) {
  std::array<char, 64> link{};
  const auto n = ::readlink(fmt::format("/proc/{}/fd/{}", pid, fd).c_str(), link.data(), link.size());
  return n > 0 && std::string_view(link.data(), static_cast<std::size_t>(n)) == "anon_inode:[eventpoll]";
}

}  // namespace

std::uint64_t epoll_descriptors(int pid) {
  std::uint64_t found = 0;
  for (unsigned fd = 0; fd < 64; ++fd)
    if (is_epoll(pid, fd)) found |= 1ULL << fd;
  return found;
}

}  // namespace loopstall
