#include "CRE2.h"

#include <re2/re2.h>

#include <string>
#include <vector>

struct planetop_re2 {
    re2::RE2 program;
    std::vector<std::string> names;
    planetop_re2(re2::StringPiece pattern, const re2::RE2::Options &options) : program(pattern, options) {
        if (!program.ok()) return;
        names.resize(program.NumberOfCapturingGroups() + 1);
        for (const auto &entry : program.CapturingGroupNames()) names[entry.first] = entry.second;
    }
};

extern "C" {

planetop_re2 *planetop_re2_new(const char *pattern, size_t length, int dot_matches_newline, long long max_memory) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(dot_matches_newline != 0);
    options.set_max_mem(max_memory);
    return new planetop_re2(re2::StringPiece(pattern, length), options);
}

void planetop_re2_free(planetop_re2 *re) { delete re; }

const char *planetop_re2_error(const planetop_re2 *re) {
    return re->program.ok() ? nullptr : re->program.error().c_str();
}

int planetop_re2_group_count(const planetop_re2 *re) { return re->program.NumberOfCapturingGroups(); }

const char *planetop_re2_group_name(const planetop_re2 *re, int index) {
    if (index < 1 || static_cast<size_t>(index) >= re->names.size() || re->names[index].empty()) return nullptr;
    return re->names[index].c_str();
}

int planetop_re2_full_match(const planetop_re2 *re, const char *text, size_t length) {
    re2::StringPiece piece(text, length);
    return re->program.Match(piece, 0, length, re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

int planetop_re2_match(const planetop_re2 *re, const char *text, size_t length, size_t start, int anchored,
                       long *offsets, int count) {
    re2::StringPiece piece(text, length);
    std::vector<re2::StringPiece> groups(count);
    if (!re->program.Match(piece, start, length, anchored ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED,
                           groups.data(), count))
        return 0;
    for (int i = 0; i < count; i++) {
        if (groups[i].data() == nullptr) {
            offsets[2 * i] = offsets[2 * i + 1] = -1;
        } else {
            offsets[2 * i] = groups[i].data() - text;
            offsets[2 * i + 1] = offsets[2 * i] + static_cast<long>(groups[i].size());
        }
    }
    return 1;
}
}
