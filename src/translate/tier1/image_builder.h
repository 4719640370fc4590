// Makes images (image_format.h).
#pragma once

#include "translate/image.h"
#include "translate/tier1/host_features.h"
#include "translate/tier1/unit.h"

namespace veneer::tier1 {

// See veneer::write_image().
Result<ImageSummary> build_image(const GuestIsa& isa, const HostFeatures& host, FpMode mode,
                                 const ImageSource& source, int fd);

}  // namespace veneer::tier1
