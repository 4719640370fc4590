// What little JSON veneer writes by hand.
#pragma once

#include <string>
#include <string_view>

namespace veneer {

// The text as a JSON string, quotes included (RFC 8259, section 7). Bytes that are not ASCII pass as they are.
std::string json_string(std::string_view text);

}  // namespace veneer
