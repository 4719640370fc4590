// Reading fields of a JSON object into variables, with the first error kept: what is wrong is told by the
// field's path ("process.args[0] must be a string").
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/errors.h"
#include "base/types.h"

namespace veneer::zone::oci {

class JsonFields {
 public:
  using Json = nlohmann::json;

  // Both outlive this; `error` is shared by all that are made for parts of one document.
  JsonFields(const Json& value, std::string path, std::optional<Error>& error)
      : value_(&value), path_(std::move(path)), error_(&error) {
    if (!value.is_object()) fail("", "an object");
  }

  bool has(const char* key) const { return member(key) != nullptr; }
  const std::string& path() const { return path_; }

  template <typename T>
  void read(const char* key, T& out) {
    if (const Json* v = member(key)) convert(*v, key, out);
  }
  template <typename T>
  void read(const char* key, std::optional<T>& out) {
    if (const Json* v = member(key)) {
      T value{};
      if (convert(*v, key, value)) out = std::move(value);
    }
  }
  template <typename T>
  void require(const char* key, T& out) {
    if (const Json* v = member(key)) {
      convert(*v, key, out);
    } else {
      fail(key, nullptr);
    }
  }
  // `f(JsonFields&)` on the object of this name, when there is one.
  template <typename F>
  void object(const char* key, F f) {
    if (const Json* v = member(key)) {
      JsonFields fields(*v, join(key), *error_);
      if (!*error_) f(fields);
    }
  }
  // `f(JsonFields&)` on each object of the array of this name.
  template <typename F>
  void objects(const char* key, F f) {
    const Json* v = member(key);
    if (!v) return;
    if (!v->is_array()) return fail(key, "an array");
    for (usize i = 0; i < v->size() && !*error_; i++) {
      JsonFields fields((*v)[i], join(key) + "[" + std::to_string(i) + "]", *error_);
      if (!*error_) f(fields);
    }
  }
  // `f(name, const Json&)` on each member of the object of this name.
  template <typename F>
  void members(const char* key, F f) {
    const Json* v = member(key);
    if (!v) return;
    if (!v->is_object()) return fail(key, "an object");
    for (auto it = v->begin(); it != v->end() && !*error_; ++it) f(it.key(), it.value());
  }

  // Reports that the field must be `expected`; null: that it is required.
  void fail(const char* key, const char* expected) {
    if (*error_) return;
    std::string where = *key ? join(key) : path_;
    if (where.empty()) where = "the document";
    *error_ = Error{exit_status::kVeneer, expected ? where + " must be " + expected : where + " is required"};
  }

 private:
  const Json* member(const char* key) const {
    if (*error_ || !value_->is_object()) return nullptr;
    auto it = value_->find(key);
    return it == value_->end() || it->is_null() ? nullptr : &*it;
  }
  std::string join(const char* key) const { return path_.empty() ? key : path_ + "." + key; }

  bool convert(const Json& v, const char* key, std::string& out) {
    if (!v.is_string()) return fail(key, "a string"), false;
    out = v.get_ref<const std::string&>();
    if (out.find('\0') != out.npos) return fail(key, "a string without NUL"), false;
    return true;
  }
  bool convert(const Json& v, const char* key, bool& out) {
    if (!v.is_boolean()) return fail(key, "true or false"), false;
    out = v.get<bool>();
    return true;
  }
  template <typename T>
    requires std::is_integral_v<T>
  bool convert(const Json& v, const char* key, T& out) {
    using Limits = std::numeric_limits<T>;
    if (v.is_number_unsigned()) {
      const u64 n = v.get<u64>();
      if (n <= static_cast<u64>(Limits::max())) return out = static_cast<T>(n), true;
    } else if (v.is_number_integer()) {
      const s64 n = v.get<s64>();
      if (std::is_signed_v<T> && n >= static_cast<s64>(Limits::min()) && n <= static_cast<s64>(Limits::max()))
        return out = static_cast<T>(n), true;
    }
    const std::string range =
        "an integer of " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max());
    return fail(key, range.c_str()), false;
  }
  template <typename T>
  bool convert(const Json& v, const char* key, std::vector<T>& out) {
    if (!v.is_array()) return fail(key, "an array"), false;
    for (usize i = 0; i < v.size(); i++) {
      const std::string name = std::string(key) + "[" + std::to_string(i) + "]";
      T value{};
      if (!convert(v[i], name.c_str(), value)) return false;
      out.push_back(std::move(value));
    }
    return true;
  }

  const Json* value_;
  std::string path_;
  std::optional<Error>* error_;
};

}  // namespace veneer::zone::oci
