// config.json, a process, resources and zone.toml of any shape: each is taken or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "zone/lasting/zone_config.h"
#include "zone/oci/spec_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)veneer::zone::oci::read_spec(text);
  (void)veneer::zone::oci::read_process(text);
  (void)veneer::zone::oci::read_resources(text);
  if (auto config = veneer::zone::read_zone_config(text)) {
    config->memory_capped = config->memory_capped == "3G" ? "" : "3G";
    config->autoboot = !config->autoboot;
    const auto edited =
        veneer::zone::read_zone_config(veneer::zone::edit_zone_config(std::string(text), *config));
    if (!edited || veneer::zone::write_zone_config(*edited) != veneer::zone::write_zone_config(*config))
      std::abort();
  }
  return 0;
}
