# html_page(ROOM NAME CONSTANT FOLDER STYLES ... SCRIPTS ...): the page of an HTML report, put together from its sources at
# build time. Generates NAME.cpp, a source of the room, which defines the PageSource CONSTANT (report/html_page.h).
function(html_page room name constant)
  cmake_parse_arguments(PARSE_ARGV 3 PAGE "" "FOLDER" "STYLES;SCRIPTS")
  list(TRANSFORM PAGE_STYLES PREPEND ${PAGE_FOLDER}/css/)
  list(TRANSFORM PAGE_SCRIPTS PREPEND ${PAGE_FOLDER}/js/)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(maker ${PROJECT_SOURCE_DIR}/cmake/MakeHtmlPage.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DCONSTANT=${constant} -DPAGE=${PAGE_FOLDER}/page.html "-DSTYLES=${PAGE_STYLES}"
            "-DSCRIPTS=${PAGE_SCRIPTS}" -DOUTPUT=${output} -P ${maker}
    DEPENDS ${PAGE_FOLDER}/page.html ${PAGE_STYLES} ${PAGE_SCRIPTS} ${maker} COMMENT "HTML page ${name}" VERBATIM)
  target_sources(room_${room} PRIVATE ${output})
endfunction()
