#include "translate/image.h"

#include "translate/tier1/image.h"
#include "translate/tier1/image_builder.h"
#include "translate/tier1/unit_key.h"

namespace veneer {

Result<ImageSummary> write_image(const GuestIsa& isa, u32 fpcr, const TranslatorOptions& options,
                                 const ImageSource& source, int fd) {
  CpuState state;
  state.fpcr = fpcr;
  return tier1::build_image(isa, tier1::HostFeatures::detect(options.disable_features), tier1::mode_of(state),
                            source, fd);
}

bool is_image(int fd) {
  return tier1::Image::is_sound(fd);
}

std::optional<ImageContents> read_image_contents(int fd) {
  return tier1::Image::contents(fd);
}

std::string image_variant(const TranslatorOptions& options) {
  u64 bits = 0;
  for (const auto& [name, present] : tier1::HostFeatures::detect(options.disable_features).list())
    bits = bits << 1 | (present ? 1 : 0);
  return format("%llx", static_cast<unsigned long long>(bits));
}

}  // namespace veneer
