"use strict";
// Before anything is drawn, so that a chosen theme does not flash.
try {
  const theme = localStorage.getItem("leanrag-theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch (error) {
  // A page opened from a file may not have a store; the system's theme holds.
}
