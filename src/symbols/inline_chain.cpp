#include "symbols/inline_chain.h"

#include <dwarf.h>

#include <initializer_list>
#include <optional>

namespace loopstall {
namespace {

// Not dwarf_getscopes: it does not look into namespaces, where clang and rustc put functions, and has no limit. Not
// dwarf_attr_integrate either: for a unit that says so it opens a .dwo file, at any path on our side.
constexpr unsigned kMaxDies = 200'000;
constexpr unsigned kMaxDepth = 64;
constexpr int kMaxOrigins = 8;

using Place = DebugInfo::Place;

std::uint32_t number_of(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute{};
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) return 0;
  return static_cast<std::uint32_t>(value);
}

// An attribute of the function itself, or of what it is a copy or the definition of.
std::optional<Dwarf_Attribute> inherited(Dwarf_Die die, std::initializer_list<unsigned> names) {
  for (int i = 0; i < kMaxOrigins; ++i) {
    Dwarf_Attribute attribute{};
    for (const unsigned name : names)
      if (dwarf_attr(&die, name, &attribute) != nullptr) return attribute;
    Dwarf_Die origin{};
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr)
      break;
    if (dwarf_formref_die(&attribute, &origin) == nullptr) break;
    die = origin;
  }
  return std::nullopt;
}

std::string function_name(const Dwarf_Die& die) {
  auto attribute = inherited(die, {DW_AT_linkage_name, DW_AT_MIPS_linkage_name});
  if (!attribute) attribute = inherited(die, {DW_AT_name});
  const char* const name = attribute ? dwarf_formstring(&*attribute) : nullptr;
  return name ? name : "";
}

std::uint32_t first_line(const Dwarf_Die& die) {
  auto attribute = inherited(die, {DW_AT_decl_line});
  Dwarf_Word line = 0;
  return attribute && dwarf_formudata(&*attribute, &line) == 0 ? static_cast<std::uint32_t>(line) : 0;
}

std::string source_file(Dwarf_Die& unit, std::uint32_t index) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(&unit, &files, &count) != 0 || index >= count) return {};
  const char* const name = dwarf_filesrc(files, index, nullptr, nullptr);
  return name ? name : "";
}

class Walk {
 public:
  explicit Walk(std::uint64_t address) : address_(address) {}

  // The outermost function comes first.
  bool find_function(Dwarf_Die parent, unsigned depth = 0) {
    return each_child(parent, depth, [&](Dwarf_Die& child) {
      switch (dwarf_tag(&child)) {
        case DW_TAG_subprogram:
          return holds(child) && found(child, depth);
        case DW_TAG_namespace:
        case DW_TAG_module:
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
        case DW_TAG_enumeration_type:
          return find_function(child, depth + 1);
        default:
          return false;
      }
    });
  }
  const std::vector<Dwarf_Die>& chain() const { return chain_; }

 private:
  template <class Visit>
  bool each_child(Dwarf_Die& parent, unsigned depth, Visit visit) {
    Dwarf_Die child{};
    if (depth > kMaxDepth || dwarf_child(&parent, &child) != 0) return false;
    do {
      if (++seen_ > kMaxDies) return false;
      if (visit(child)) return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
  }
  bool found(Dwarf_Die& function, unsigned depth) {
    chain_.push_back(function);
    find_inlined(function, depth + 1);
    return true;
  }
  bool find_inlined(Dwarf_Die parent, unsigned depth) {
    return each_child(parent, depth, [&](Dwarf_Die& child) {
      switch (dwarf_tag(&child)) {
        case DW_TAG_inlined_subroutine:
          return holds(child) && found(child, depth);
        case DW_TAG_lexical_block:
        case DW_TAG_try_block:
        case DW_TAG_catch_block:
          return holds(child) && find_inlined(child, depth + 1);
        default:
          return false;
      }
    });
  }
  bool holds(Dwarf_Die& die) const { return dwarf_haspc(&die, address_) == 1; }

  const std::uint64_t address_;
  unsigned seen_ = 0;
  std::vector<Dwarf_Die> chain_;
};

}  // namespace

void append_inline_chain(Dwarf_Die& unit, std::uint64_t address, bool lines, std::vector<Place>& places) {
  Walk walk(address);
  walk.find_function(unit);
  Place place = places.front();
  if (!walk.chain().empty()) places.clear();
  for (std::size_t i = walk.chain().size(); i-- > 0;) {
    Dwarf_Die die = walk.chain()[i];
    place.function = function_name(die);
    place.first_line = first_line(die);
    place.inlined = i > 0;
    // An inlined function without a name (dwz has it in another file) tells nothing, the line of its call does.
    if (!place.inlined || !place.function.empty()) places.push_back(place);
    place = {};
    if (i == 0 || !lines) continue;
    place.file = source_file(unit, number_of(die, DW_AT_call_file));
    place.line = number_of(die, DW_AT_call_line);
  }
}

}  // namespace loopstall
