#include "recording/image_pair.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace loopstall {
namespace {

std::string next_path(const std::string& path) { return path + "-next"; }

Result<> rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) < 0) return system_error("cannot rename " + from + " to " + to);
  return {};
}

// Where a file system can not exchange (NFS): there is an instant without a file of this name.
Result<> swap_names_in_steps(const std::string& a, const std::string& b) {
  const std::string spare = b + "-old";
  return rename_file(a, spare).and_then([&] { return rename_file(b, a); }).and_then([&] {
    return rename_file(spare, b);
  });
}

Result<> swap_names(const std::string& a, const std::string& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return swap_names_in_steps(a, b);
  return system_error("cannot exchange " + a + " and " + b);
}

}  // namespace

ImagePair::ImagePair(std::string path, Image current, Image next)
    : path_(std::move(path)), current_(std::move(current)), next_(std::move(next)) {}

Result<ImagePair> ImagePair::create(const std::string& path) {
  Result<Image> current = Image::create(next_path(path));
  if (!current) return tl::unexpected(current.error());
  if (auto r = rename_file(next_path(path), path); !r) return tl::unexpected(r.error());
  Result<Image> next = Image::create(next_path(path));
  if (!next) return tl::unexpected(next.error());
  return ImagePair(path, std::move(*current), std::move(*next));
}

Result<bool> ImagePair::store(const Snapshot& snapshot) {
  Result<bool> stored = next_.store(snapshot);
  if (!stored || !*stored) return stored;
  if (auto r = swap_names(path_, next_path(path_)); !r) return tl::unexpected(r.error());
  std::swap(current_, next_);
  return true;
}

Result<> ImagePair::close() {
  remove_next();
  return current_.sync();
}

void ImagePair::remove_next() { ::unlink(next_path(path_).c_str()); }

}  // namespace loopstall
