// The tables: task steps, culprits of stalls, and requests.
#pragma once

#include <span>
#include <string_view>

#include "model/summary.h"
#include "report/text_canvas.h"
#include "top/columns.h"

namespace loopstall::top {

std::span<const Column<TaskSummary>> task_columns();
std::span<const Column<StallGroup>> culprit_columns();
std::span<const Column<RequestSummary>> request_columns();

std::vector<ColumnShape> columns_of(Table table);
std::string_view sort_keys(Table table);  // one for each column

void write_task(Line& line, const TaskSummary& task, unsigned columns, bool selected);
void write_culprit(Line& line, const StallGroup& group, unsigned columns, bool selected);
void write_request(Line& line, const RequestSummary& row, unsigned columns, bool selected);

// More about the selected row, in at most two lines.
void write_details(Canvas& canvas, const TaskSummary& task);
void write_details(Canvas& canvas, const StallGroup& group, const Summary& summary);
void write_details(Canvas& canvas, const RequestSummary& row, const Summary& summary);

}  // namespace loopstall::top
