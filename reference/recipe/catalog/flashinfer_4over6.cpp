// FlashInfer's NVFP4 with two candidates a block, under one S for the tensor, which the caller gives. Each of its four
// environment words is an axis: the largest scale that S was made for (448 or 256: it never enters a block), the kind
// of error, how the error is formed, and the build. The kernels of nvcc before 12.9 hold 8 elements a thread: -8.
// Source of the formulas: flashinfer-vllm-cutlass.md 3.5.
#include "bitgate/reference/recipe/catalog/families.h"
#include "bitgate/reference/recipe/catalog/flashinfer_search.h"

namespace bitgate::reference {

namespace {

constexpr Recipe tensor(std::string_view name, const Search& search, Evidence evidence = Evidence::kRead) noexcept {
  Recipe recipe{};
  const bool eights = search.threads == ErrorThreads::kTwoOfEight;
  recipe.identity = {name, kFlashinferQuantization,
                     eights ? "fb28d724 built by nvcc before 12.9" : "fb28d724 built by nvcc 12.9 and later", evidence,
                     evidence == Evidence::kCaptured ? kFlashinferKernels
                     : eights
                         ? "flashinfer-vllm-cutlass.md 3.5 of the notes; bytes of 16 elements a thread part from it"
                         : kSearchRead};
  recipe.rules = search_rules(search);
  recipe.rules.scheme = search.largest == LargestScale::k448 ? SchemeId::kNvfp4 : SchemeId::kNvfp4E256;
  recipe.rules.global.form = GlobalForm::kGivenEncodeScale;
  recipe.storage = {.global_number = GlobalNumber::kDivisor};
  recipe.accepts = kSixteenBits;
  return recipe;
}

constexpr Recipe kRecipes[] = {
    tensor("flashinfer/nvfp4-4over6-448-mae-exact", {k448, kMae, kStrict, kIeee}, Evidence::kCaptured),
    tensor("flashinfer/nvfp4-4over6-448-mae-errfast-exact", {k448, kMae, kErrFast, kIeee}),
    tensor("flashinfer/nvfp4-4over6-448-mse-exact", {k448, kMse, kStrict, kIeee}),
    tensor("flashinfer/nvfp4-4over6-448-mse-errfast-exact", {k448, kMse, kErrFast, kIeee}),
    tensor("flashinfer/nvfp4-4over6-256-mae-exact", {k256, kMae, kStrict, kIeee}),
    tensor("flashinfer/nvfp4-4over6-256-mae-errfast-exact", {k256, kMae, kErrFast, kIeee}),
    tensor("flashinfer/nvfp4-4over6-256-mse-exact", {k256, kMse, kStrict, kIeee}, Evidence::kCaptured),
    tensor("flashinfer/nvfp4-4over6-256-mse-errfast-exact", {k256, kMse, kErrFast, kIeee}),
    tensor("flashinfer/nvfp4-4over6-448-mae-fast", {k448, kMae, kStrict, kApprox}),
    tensor("flashinfer/nvfp4-4over6-448-mae-errfast-fast", {k448, kMae, kErrFast, kApprox}),
    tensor("flashinfer/nvfp4-4over6-448-mse-fast", {k448, kMse, kStrict, kApprox}),
    tensor("flashinfer/nvfp4-4over6-448-mse-errfast-fast", {k448, kMse, kErrFast, kApprox}),
    tensor("flashinfer/nvfp4-4over6-256-mae-fast", {k256, kMae, kStrict, kApprox}),
    tensor("flashinfer/nvfp4-4over6-256-mae-errfast-fast", {k256, kMae, kErrFast, kApprox}, Evidence::kCaptured),
    tensor("flashinfer/nvfp4-4over6-256-mse-fast", {k256, kMse, kStrict, kApprox}),
    tensor("flashinfer/nvfp4-4over6-256-mse-errfast-fast", {k256, kMse, kErrFast, kApprox}),
    tensor("flashinfer/nvfp4-4over6-448-mae-exact-8", {k448, kMae, kStrict, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mae-errfast-exact-8", {k448, kMae, kErrFast, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mse-exact-8", {k448, kMse, kStrict, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mse-errfast-exact-8", {k448, kMse, kErrFast, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mae-exact-8", {k256, kMae, kStrict, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mae-errfast-exact-8", {k256, kMae, kErrFast, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mse-exact-8", {k256, kMse, kStrict, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mse-errfast-exact-8", {k256, kMse, kErrFast, kIeee, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mae-fast-8", {k448, kMae, kStrict, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mae-errfast-fast-8", {k448, kMae, kErrFast, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mse-fast-8", {k448, kMse, kStrict, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-448-mse-errfast-fast-8", {k448, kMse, kErrFast, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mae-fast-8", {k256, kMae, kStrict, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mae-errfast-fast-8", {k256, kMae, kErrFast, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mse-fast-8", {k256, kMse, kStrict, kApprox, kEight}),
    tensor("flashinfer/nvfp4-4over6-256-mse-errfast-fast-8", {k256, kMse, kErrFast, kApprox, kEight}),
};

}  // namespace

std::span<const Recipe> flashinfer_four_over_six_recipes() noexcept { return kRecipes; }

}  // namespace bitgate::reference
