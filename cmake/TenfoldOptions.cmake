# tenfold_options: how every target of this project is compiled. Not installed.

add_library(tenfold_options INTERFACE)
target_compile_features(tenfold_options INTERFACE cxx_std_20)

# No fused multiply-adds: scores are equal to scikit-learn's to the last bit, and one contracted
# operation decides a tie the other way.
target_compile_options(tenfold_options INTERFACE -ffp-contract=off)

target_compile_options(tenfold_options INTERFACE
  -Wall -Wextra -Wshadow -Wpedantic -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wdouble-promotion)
if(TENFOLD_WARNINGS_AS_ERRORS)
  target_compile_options(tenfold_options INTERFACE -Werror)
endif()

# Files whose vectors are wider than baseline x86-64 has them (src/kernels/lane_vectors.hpp, and what is written
# for AVX-512); who calls them asks the processor first.
set(TENFOLD_AVX2_SOURCES
  "${PROJECT_SOURCE_DIR}/src/kernels/sag_epoch.cpp" "${PROJECT_SOURCE_DIR}/src/kernels/sgd_epoch.cpp")
set(TENFOLD_AVX512_SOURCES
  "${PROJECT_SOURCE_DIR}/src/trees/ordered/drawn_split.cpp"
  "${PROJECT_SOURCE_DIR}/src/trees/ordered/packed_vectors.cpp"
  "${PROJECT_SOURCE_DIR}/src/trees/ordered/small_node_scan.cpp")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${TENFOLD_AVX2_SOURCES} PROPERTIES COMPILE_OPTIONS "-mavx2;-Wno-psabi")
  # GCC 12 warns of its own headers.
  set_source_files_properties(${TENFOLD_AVX512_SOURCES}
    PROPERTIES COMPILE_OPTIONS "-mavx512f;-mavx512bw;-mavx512dq;-mavx512vl;-Wno-uninitialized;-Wno-maybe-uninitialized")
  # Without it nobody is told that the processor can: on a system that names it otherwise (FreeBSD's amd64, a universal
  # build) those files hold nothing to run.
  set_source_files_properties("${PROJECT_SOURCE_DIR}/src/trees/ordered/wide_vectors.cpp"
    PROPERTIES COMPILE_DEFINITIONS TENFOLD_AVX512_SOURCES)
endif()

# Checks of what only a bug can break (src/invariant.hpp). In the header's users too: they see the same class.
if(TENFOLD_INVARIANTS)
  add_compile_definitions(TENFOLD_INVARIANTS)
endif()

if(TENFOLD_SANITIZE)
  # One report ends the run: a test that goes on after undefined behaviour says nothing.
  add_compile_options(-fsanitize=${TENFOLD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TENFOLD_SANITIZE})
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
