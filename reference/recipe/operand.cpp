// What the blocks of a side are made of: fused operation, transposition, transform, in this order.
#include "bitgate/reference/fused/gelu.h"
#include "bitgate/reference/fused/hadamard.h"
#include "bitgate/reference/fused/rms_norm.h"
#include "bitgate/reference/recipe/side.h"

namespace bitgate::reference {

namespace {

template <class T>
std::vector<T> transposed(std::span<const T> from, const Extent& extent) {
  std::vector<T> to(from.size());
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col)
      to[static_cast<std::size_t>(col * extent.rows + row)] = from[static_cast<std::size_t>(row * extent.cols + col)];
  return to;
}

TypedTensor transpose(const TypedView& view) {
  TypedTensor out{view.type, {view.extent.cols, view.extent.rows}, {}};
  if (view.type == InputType::kF32)
    out.values = transposed(view.f32(), view.extent);
  else
    out.values = transposed(view.bits16(), view.extent);
  return out;
}

TypedTensor fused(const TypedView& view, const Rules& rules, const FusedOperands& operands) {
  return rules.fusion == Fusion::kGelu ? gelu(view) : rms_norm(view, rules.fusion, operands);
}

}  // namespace

Operand operand_of(const Rules& rules, const Request& request, Direction side) {
  Operand operand;
  operand.view = request.input;
  const auto keep = [&operand](TypedTensor made) {
    operand.storage = std::move(made);
    operand.view = operand.storage.view();
  };
  if (rules.fusion != Fusion::kNone) keep(fused(operand.view, rules, request.fused));
  if (side != Direction::kColumnwise) return operand;
  keep(transpose(operand.view));
  if (rules.transform != Transform::kNone) keep(hadamard_16(operand.view, rules.transform));
  return operand;
}

}  // namespace bitgate::reference
