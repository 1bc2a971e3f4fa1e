# The Python extension tenfold._engine, built from src/python/.

file(GLOB_RECURSE TENFOLD_PYTHON_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/python/*.cpp")
list(FILTER TENFOLD_PYTHON_SOURCES EXCLUDE REGEX "/src/python/kernels/")
if(NOT TENFOLD_PYTHON_SOURCES OR NOT TARGET tenfold)
  message(WARNING "tenfold: nothing under src/python/ to build an extension from")
  return()
endif()

find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
                OUTPUT_VARIABLE nanobind_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(_engine NB_STATIC ${TENFOLD_PYTHON_SOURCES})
target_include_directories(_engine PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_compile_options(_engine PRIVATE -ffp-contract=off -Wall -Wextra)
target_compile_definitions(_engine PRIVATE TENFOLD_VERSION="${PROJECT_VERSION}")
target_link_libraries(_engine PRIVATE tenfold::tenfold)
# The tbb wheel puts libtbb.so.12 into <environment>/lib; the extension lies in
# <environment>/lib/python3.x/site-packages/tenfold. The Spark package has tenfold and lib side by side.
set_target_properties(_engine PROPERTIES
  INSTALL_RPATH "$ORIGIN/../../..;$ORIGIN/../lib"
  INSTALL_RPATH_USE_LINK_PATH OFF)
install(TARGETS _engine LIBRARY DESTINATION tenfold COMPONENT python)

# Kernels between rows and what else works beside other packages' compiled code: a module of its own, which needs no scheduler.
nanobind_add_module(_kernels NB_STATIC NOMINSIZE
  "${PROJECT_SOURCE_DIR}/src/python/kernels/histogram_trees.cpp"
  "${PROJECT_SOURCE_DIR}/src/python/kernels/module.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/histogram_block.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/histogram_tree.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/multinomial_loss.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/network.cpp"
  "${PROJECT_SOURCE_DIR}/src/python/kernels/descents.cpp"
  "${PROJECT_SOURCE_DIR}/src/python/kernels/networks.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/lanes.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/row_sums.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/sag_epoch.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/sag_lanes.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/sgd_epoch.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/sgd_lanes.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/smo_loops.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/smo_solver.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/svm_decision.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/svm_training.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/training_kernel.cpp"
  "${PROJECT_SOURCE_DIR}/src/kernels/vector_kernels.cpp")
target_include_directories(_kernels PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_compile_features(_kernels PRIVATE cxx_std_20)
target_compile_options(_kernels PRIVATE -ffp-contract=off -Wall -Wextra)
install(TARGETS _kernels LIBRARY DESTINATION tenfold COMPONENT python)
