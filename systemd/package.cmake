# The Debian package: `cmake --build build-release && cpack -G DEB --config build-release/CPackConfig.cmake`.
configure_file(debian/changelog.in ${HERE}/changelog @ONLY)
execute_process(COMMAND ${GZIP} -9nc ${HERE}/changelog OUTPUT_FILE ${HERE}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${HERE}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "the checkoutd authors")
set(CPACK_PACKAGE_CONTACT "The checkoutd authors <checkoutd@packages.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "invoice files in, payment links out")
set(CPACK_PACKAGE_DESCRIPTION
"A daemon that watches a folder for CSV files of invoices, and makes every
valid row a checkout session with a payment link at the provider Fintoc
(Chile and Mexico). The links come back as files, and so do the rows that
are wrong, with what to mend in Spanish or English.
.
An order gets one session also when the network or the machine fails in the
middle. It needs no database server and opens no port.
.
With it comes a simulated provider, to try it without an account.")
set(CPACK_PACKAGE_INSTALL_DIRECTORY checkoutd)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CHECKSUM SHA256)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, init-system-helpers (>= 1.52), systemd (>= 252), tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "sudo (>= 1.9.10)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script postinst prerm postrm conffiles)
        list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/debian/${script})
endforeach()
include(CPack)
