#include "model/student.h"

#include <cmath>
#include <initializer_list>

namespace loopstall {
namespace {

constexpr int kTerms = 500;
constexpr double kTiny = 1e-300, kClose = 1e-14;

double away_from_zero(double x) { return std::abs(x) < kTiny ? kTiny : x; }

// The continued fraction of the incomplete beta function (DLMF 8.17.22), from the front (Lentz' method).
double beta_fraction(double a, double b, double x) {
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m < kTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1;
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      step *= c * d;
    }
    value *= step;
    if (std::abs(step - 1) < kClose) break;
  }
  return value;
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  const double front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(front) * beta_fraction(a, b, x) / a;
}

// How likely |T| > t is.
double beyond(double t, double df) { return incomplete_beta(df / 2, 0.5, df / (df + t * t)); }

}  // namespace

double student_quantile(double two_sided, double df) {
  double low = 0, high = 1;
  while (beyond(high, df) > two_sided && high < 1e12) high *= 2;
  while (true) {
    const double middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;  // no number is between them
    (beyond(middle, df) > two_sided ? low : high) = middle;
  }
}

}  // namespace loopstall
