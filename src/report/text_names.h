// Functions and places as the text report writes them. All come from the target, so all are cleaned here.
#pragma once

#include <string>

#include "model/evidence.h"
#include "model/request.h"
#include "model/task.h"

namespace loopstall {

// "load_report app.py:88", "keysCommand redis-server": the function, and where it is without the folders.
std::string name_and_place(const Frame& frame, unsigned columns);
std::string name_and_place(const SourceName& source, unsigned columns);
// "app.py:88", "redis-server"
std::string short_place(const Frame& frame);
std::string short_place(const SourceName& source);
// The whole path; where it does not fit, its end, which tells more than its beginning: "…/shop/app.py:88".
std::string long_place(const Frame& frame, unsigned columns);

// "GET /path", "HGETALL"; "(others)" of what there was no room for.
std::string request_text(const RequestName& name);

}  // namespace loopstall
