// What the blocks of a side are made of: fused operation, transposition, transform, in this order.
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/fused/gelu.h"
#include "bitgate/reference/fused/hadamard.h"
#include "bitgate/reference/fused/rms_norm.h"
#include "bitgate/reference/fused/rms_norm_cute.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/layout/transpose.h"
#include "bitgate/reference/recipe/side.h"

namespace bitgate::reference {

namespace {

TypedTensor transpose(const TypedView& view) {
  TypedTensor out{view.type, swapped(view.extent), {}};
  if (view.type == InputType::kF32)
    out.values = transposed(view.f32(), view.extent);
  else
    out.values = transposed(view.bits16(), view.extent);
  return out;
}

TypedTensor fused(const TypedView& view, const Rules& rules, const FusedOperands& operands) {
  if (rules.fusion == Fusion::kRmsNormCute) return rms_norm_cute(view, operands);
  if (is_silu(rules.fusion)) {
    if (operands.gate.size() != static_cast<std::size_t>(count(view.extent)))
      throw InputError("SiLU of a gate multiplies the input: one number an element is needed");
    return silu_times(view, rules.fusion, operands.gate);
  }
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
