#pragma once

namespace tenfold::ordered {

/// Whether the processor has what the files written for AVX-512 need, and they were compiled for it
/// (cmake/TenfoldOptions.cmake).
bool has_wide_vectors();

}  // namespace tenfold::ordered
