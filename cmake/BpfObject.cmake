# bpf_object(NAME): compiles probes/NAME.bpf.c for BPF and generates NAME.skel.h beside it in the build tree.
find_program(CLANG_BPF clang REQUIRED)
find_program(LLVM_STRIP NAMES llvm-strip llvm-strip-19 llvm-strip-18 llvm-strip-16 llvm-strip-14 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(BPF_TARGET_ARCH arm64)
else()
  set(BPF_TARGET_ARCH x86)
endif()

function(bpf_object name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CLANG_BPF} -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_${BPF_TARGET_ARCH} -Wall -Wextra -Werror
            -Wno-unused-parameter -I${CMAKE_CURRENT_SOURCE_DIR} -c ${source} -o ${object}
    COMMAND ${LLVM_STRIP} -g ${object}
    DEPENDS ${source} ${headers} COMMENT "BPF ${name}" VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${object} COMMENT "Skeleton ${name}" VERBATIM)
  add_custom_target(${name}_skel DEPENDS ${skeleton})
  add_dependencies(loopstall_probes ${name}_skel)
endfunction()
