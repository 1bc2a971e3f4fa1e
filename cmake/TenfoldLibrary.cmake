# The C++ library: target tenfold, alias tenfold::tenfold, and what a C++ user installs.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

find_package(Threads REQUIRED)
find_package(TBB CONFIG REQUIRED)

file(GLOB_RECURSE TENFOLD_HEADERS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/tenfold/*.hpp")
file(GLOB_RECURSE TENFOLD_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.cpp")
list(FILTER TENFOLD_SOURCES EXCLUDE REGEX "/src/python/")

if(NOT TENFOLD_SOURCES)
  message(WARNING "tenfold: no sources under src/, so no library is built")
  return()
endif()

add_library(tenfold STATIC ${TENFOLD_SOURCES})
add_library(tenfold::tenfold ALIAS tenfold)
target_include_directories(tenfold
  PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
         "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
  PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_compile_features(tenfold PUBLIC cxx_std_20)
target_compile_definitions(tenfold PRIVATE TENFOLD_VERSION="${PROJECT_VERSION}")
target_link_libraries(tenfold PRIVATE "$<BUILD_INTERFACE:tenfold_options>"
                              PUBLIC TBB::tbb Threads::Threads)

set(TENFOLD_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/tenfold")
install(TARGETS tenfold EXPORT tenfoldTargets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/tenfold"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT cpp)
install(EXPORT tenfoldTargets NAMESPACE tenfold:: DESTINATION "${TENFOLD_CMAKE_DIR}" COMPONENT cpp)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tenfoldConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/tenfoldConfig.cmake" INSTALL_DESTINATION "${TENFOLD_CMAKE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tenfoldConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tenfoldConfig.cmake"
              "${PROJECT_BINARY_DIR}/tenfoldConfigVersion.cmake"
        DESTINATION "${TENFOLD_CMAKE_DIR}" COMPONENT cpp)
