#include "report/pprof_profile.h"

#include "report/stack_labels.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

namespace profile_field {
enum {
  kSampleType = 1,
  kSample = 2,
  kLocation = 4,
  kFunction = 5,
  kString = 6,
  kTime = 9,
  kDuration = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kComment = 13,
  kDefaultType = 14
};
}
namespace value_type_field {
enum { kType = 1, kUnit = 2 };
}
namespace sample_field {
enum { kLocation = 1, kValue = 2, kLabel = 3 };
}
namespace label_field {
enum { kKey = 1, kText = 2 };
}
namespace location_field {
enum { kId = 1, kLine = 4 };
}
namespace line_field {
enum { kFunction = 1, kLine = 2 };
}
namespace function_field {
enum { kId = 1, kName = 2, kFile = 4, kStartLine = 5 };
}

}  // namespace

PprofProfile::PprofProfile() { string(""); }  // string 0 is the empty one

std::size_t PprofProfile::location_of(const Frame& frame) {
  const std::string& file = frame.file.empty() ? frame.module : frame.file;
  const std::size_t function =
      functions_.number_of({string(function_label(frame.function)), string(clean(file)), frame.first_line});
  return locations_.number_of({function, frame.line});
}

void PprofProfile::add(const std::vector<const Frame*>& frames, const Labels& labels, Values values) {
  Key key;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) key.locations.push_back(location_of(**frame));
  for (const auto& [name, text] : labels)
    if (!text.empty()) key.labels.emplace_back(string(name), string(text));
  Values& sums = samples_[key];
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
}

ProtoMessage PprofProfile::value_type(const Type& type) {
  ProtoMessage message;
  message.number(value_type_field::kType, string(type.name));
  message.number(value_type_field::kUnit, string(type.unit));
  return message;
}

void PprofProfile::encode_samples(ProtoMessage& profile) const {
  for (const auto& [key, values] : samples_) {
    ProtoMessage sample;
    sample.packed(sample_field::kLocation, key.locations);
    sample.packed(sample_field::kValue, values);
    for (const auto& [name, text] : key.labels) {
      ProtoMessage label;
      label.number(label_field::kKey, name);
      label.number(label_field::kText, text);
      sample.message(sample_field::kLabel, label);
    }
    profile.message(profile_field::kSample, sample);
  }
}

void PprofProfile::encode_places(ProtoMessage& profile) const {
  std::uint64_t id = 0;
  for (const Location* location : locations_.in_order()) {
    ProtoMessage line, message;
    line.number(line_field::kFunction, location->function);
    line.number(line_field::kLine, location->line);
    message.number(location_field::kId, ++id);
    message.message(location_field::kLine, line);
    profile.message(profile_field::kLocation, message);
  }
  id = 0;
  // Without a system name: pprof would take one for mangled C++ and cut "<module>" out of it.
  for (const Function* function : functions_.in_order()) {
    ProtoMessage message;
    message.number(function_field::kId, ++id);
    message.number(function_field::kName, function->name);
    message.number(function_field::kFile, function->file);
    message.number(function_field::kStartLine, function->line);
    profile.message(profile_field::kFunction, message);
  }
}

std::string PprofProfile::encode(const std::array<Type, 2>& types, std::uint64_t start_ns, std::uint64_t duration_ns) {
  ProtoMessage profile;
  for (const Type& type : types) profile.message(profile_field::kSampleType, value_type(type));
  encode_samples(profile);
  encode_places(profile);
  profile.number(profile_field::kTime, start_ns);
  profile.number(profile_field::kDuration, duration_ns);
  profile.message(profile_field::kPeriodType, value_type(types[0]));
  profile.number(profile_field::kPeriod, 1);
  if (!comments_.empty()) profile.packed(profile_field::kComment, comments_);
  profile.number(profile_field::kDefaultType, string(types[1].name));
  for (const std::string* text : strings_.in_order()) profile.bytes(profile_field::kString, *text);
  return profile.text();
}

}  // namespace loopstall
