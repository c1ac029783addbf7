#include "bitgate/reports/program/dump_files.h"

#include <fmt/format.h>

#include <utility>

#include "bitgate/compare/tensor_description.h"

namespace bitgate::program {

namespace {

constexpr std::pair<const char*, const char*> kFlags[] = {{"codes", "--codes"},        {"scales", "--scales"},
                                                          {"global", "--dump-global"}, {"extras", "--extras"},
                                                          {"packed", "--packed"},      {"values", "--values"}};

}  // namespace

void add_dump_file_options(CLI::App& command, DumpFiles& files) {
  for (const auto& [name, flag] : kFlags) {
    const auto store = [&files, file = std::string(name)](const std::string& where) { files.files[file] = where; };
    command.add_option_function<std::string>(flag, store, fmt::format("A dump's {}: FILE.npy or FILE.npz:KEY", name));
  }
  command.add_option("--nibble-order", files.nibble_order,
                     "Of --codes: low-first or high-first (default: the recipe's)");
  command.add_option("--global-number", files.global_number,
                     "What --dump-global is: amax, multiplier or divisor (default: the recipe's)");
}

compare::LoadedTensor read_dump_files(const DumpFiles& files, const reference::Recipe& stored_as, const Extent& operand,
                                      Direction direction) {
  if (direction == Direction::kBoth)
    throw InputError("a dump of both directions has two files of each name: give it by --from, a directory or .npz");
  compare::TensorDescription description = compare::description_of(stored_as, operand, direction);
  description.recipe.clear();  // whose arithmetic made it is what is asked
  if (!files.nibble_order.empty()) {
    const auto order = compare::find_nibble_order(files.nibble_order);
    if (!order)
      throw InputError(fmt::format("--nibble-order '{}': low-first or high-first expected", files.nibble_order));
    description.nibbles = *order;
  }
  if (!files.global_number.empty()) {
    const auto number = compare::find_global_number(files.global_number);
    if (!number)
      throw InputError(fmt::format("--global-number '{}': amax, multiplier or divisor expected", files.global_number));
    description.global_number = *number;
  }
  // Only now is the direction known, whatever the order of the options.
  std::map<std::string, std::string> named;
  for (const auto& [name, where] : files.files) named[name + (direction == Direction::kColumnwise ? "_t" : "")] = where;
  return compare::read_tensor(named, description);
}

}  // namespace bitgate::program
