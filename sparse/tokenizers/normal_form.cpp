// ASCII is copied: it begins every cluster that it is in, so that only runs of other points, with
// the ASCII character before them, go through utf8proc. Points that `tokenizers` does not know of
// end such a run, since nothing combines with them.
#include "spout/sparse/tokenizers/normal_form.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "spout/sparse/text/unicode.h"
#include "spout/sparse/tokenizers/point_sets.h"

namespace spout {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
};

utf8proc_option_t options_of(NormalForm form) {
  switch (form) {
    case NormalForm::kNfc:
      return static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    case NormalForm::kNfd:
      return static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
    case NormalForm::kNfkc:
      return static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    case NormalForm::kNfkd:
      break;
  }
  return static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
}

void append_run(std::string_view run, utf8proc_option_t options, std::string& out) {
  if (run.empty()) return;
  utf8proc_uint8_t* bytes = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(run.data()),
                                 static_cast<utf8proc_ssize_t>(run.size()), &bytes, options);
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(bytes);
  if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (size < 0) {
    out.append(run);
  } else {
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

}  // namespace

void append_normal_form(std::string_view text, NormalForm form, std::string& out) {
  const utf8proc_option_t options = options_of(form);
  const char* end = text.data() + text.size();
  const char* at = text.data();
  while (at != end) {
    const char* ascii = at;
    while (at != end && static_cast<unsigned char>(*at) < 0x80)
      ++at;
    const char* begin = at == ascii || at == end ? at : at - 1;
    out.append(ascii, begin);
    while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
      const CodePoint point = read_code_point(at, end);
      if (is_inert(point.value)) {
        append_run({begin, at}, options, out);
        out.append(at, static_cast<size_t>(point.bytes));
        begin = at + point.bytes;
      }
      at += point.bytes;
    }
    append_run({begin, at}, options, out);
  }
}

}  // namespace spout
