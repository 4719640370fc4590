// veneer's version; the build passes the project's.
#pragma once

#ifndef VENEER_VERSION
#define VENEER_VERSION "0.1.0"
#endif
