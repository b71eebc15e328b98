// Looks at loop threads, from the kernel's records to plain values.
#pragma once

#include <look.h>

#include "model/raw_sample.h"

namespace loopstall {

// The record of record.head.size bytes; loop and tid are the caller's to set.
RawSample to_raw_sample(const ls_record_sample& record);

}  // namespace loopstall
