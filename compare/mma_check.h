// A chip's matrix instructions held against the model, tile by tile, on all cores of the host.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bitgate/compare/mma_model.h"
#include "bitgate/compare/mma_stress.h"

namespace bitgate::compare {

// What is asked. Two batches are in flight: one computes while the other is compared.
class MmaSubject {
 public:
  static constexpr std::size_t kMaxTiles = 256;

  virtual ~MmaSubject() = default;
  virtual bool has(const MmaModel& model) const = 0;
  // At most kMaxTiles; they stay until their results were compared.
  virtual void start(const MmaModel& model, std::span<const MmaTile> tiles) = 0;
  // Of the oldest start not yet finished: D of all its tiles [tile][64][64], asked or not; valid until the second start
  // after this.
  virtual std::span<const std::uint32_t> finish() = 0;
};

// The model itself, but the instruction `op` computes with another row: holds this comparison to what it says, without
// a GPU.
struct MmaFault {
  std::string op;
  reference::MmaInstruction row;
};
std::unique_ptr<MmaSubject> mma_model_subject(std::optional<MmaFault> fault = {});

// What is asked of an instruction under one name: "mix/window", "P7".
struct MmaPart {
  std::string name;
  std::uint64_t tiles = 0;
  std::function<MmaTile(std::uint64_t)> at;
  bool kept = false;  // MmaFindings::results
};

// The nine of the random mix, of `dots` dot products in all, rounded up to whole tiles of each.
std::vector<MmaPart> mma_mix_parts(const MmaModel& model, std::uint64_t seed, std::uint64_t dots);

// One dot product whose result is not the model's. Enough to ask it again.
struct MmaCase {
  std::uint64_t tile = 0;
  std::size_t row = 0, column = 0;
  std::uint32_t flags = 0;
  std::vector<std::uint32_t> a, b;
  std::uint32_t c = 0, expected = 0, actual = 0;
};

struct MmaFindings {
  const MmaModel* model = nullptr;
  std::string part;
  std::uint64_t dots = 0, asked = 0, different = 0;
  std::vector<MmaCase> first;     // that differ, in order; at most kKeptCases
  std::vector<MmaCase> agreeing;  // some of the same tiles that do not, once any differs: a fit must keep them
  // zlib's, of the results asked so far in order, each four bytes, little-endian; and of the first tile alone.
  std::uint32_t crc32 = 0, first_crc32 = 0;
  std::uint64_t first_asked = 0;
  std::vector<std::uint32_t> results;  // asked so far, in order, where the part says so
  double seconds = 0;

  static constexpr std::size_t kKeptCases = 32;
};

// Asks all tiles of the part. What was compared so far stands in `result` when the subject throws. `progress` hears how
// many dot products were asked.
void ask_mma(const MmaModel& model, const MmaPart& part, MmaSubject& subject, MmaFindings& result,
             const std::function<void(std::uint64_t)>& progress);

// "tile 3 (5, 17): a 3c00 bc00.. b 3c00 3c00.. c 00000000: expected 33000000, got 00000000". Zeros at the end of a and
// b are left out.
std::string describe(const MmaModel& model, const MmaCase& one);

}  // namespace bitgate::compare
