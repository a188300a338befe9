# #region admin
antiphon users make-admin cleo
# #endregion admin
