// C++ names on the stack: a namespace, a template, a lambda, a virtual call, an exception being handled.
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>

namespace shop {

volatile int sink;

template <class T>
[[gnu::noipa]] int charge(const T& amount) {
  raise(SIGSTOP);
  return static_cast<int>(amount.size()) + sink;
}

struct Handler {
  virtual ~Handler() = default;
  [[gnu::noipa]] virtual int handle(const std::string& order) {
    try {
      throw std::runtime_error(order);
    } catch (const std::exception& e) {
      return charge(std::string(e.what())) + sink;
    }
  }
};

[[gnu::noipa]] int dispatch(const std::function<int()>& callback) { return callback() + sink; }

}  // namespace shop

int main() {
  shop::Handler handler;
  return shop::dispatch([&] { return handler.handle("order") + shop::sink; }) + shop::sink;
}
