// Student's t distribution.
#pragma once

namespace loopstall {

// The value that |t| exceeds with this probability; 0 < two_sided < 1. Accurate to 1e-6 of the value down to 1e-12.
double student_quantile(double two_sided, double degrees_of_freedom);

}  // namespace loopstall
