//! The paths that are served, each by one method. Only which; what is asked there is in the parent.

/// A path of the public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// `POST /v1/scan`
    Scan,
    /// `POST /v1/scan/response`
    ScanResponse,
    /// `GET /v1/approvals/{id}/status`
    ApprovalStatus,
    /// `GET /v1/usage`
    Usage,
    /// `POST /v1/keys/ephemeral`
    NewKey,
    /// `GET /health`
    Health,
}

impl Route {
    /// Every one. What is not listed here is not served.
    pub const ALL: [Self; 6] =
        [Self::Scan, Self::ScanResponse, Self::ApprovalStatus, Self::Usage, Self::NewKey, Self::Health];

    /// The method that it answers.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Scan | Self::ScanResponse | Self::NewKey => "POST",
            Self::ApprovalStatus | Self::Usage | Self::Health => "GET",
        }
    }

    /// The path; a segment in braces stands for any one.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Scan => "/v1/scan",
            Self::ScanResponse => "/v1/scan/response",
            Self::ApprovalStatus => "/v1/approvals/{id}/status",
            Self::Usage => "/v1/usage",
            Self::NewKey => "/v1/keys/ephemeral",
            Self::Health => "/health",
        }
    }

    /// The route that a path means, and what stands for the segment in braces.
    #[must_use]
    pub fn of(path: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|route| Some((route, route.fits(path)?)))
    }

    fn fits(self, path: &str) -> Option<&str> {
        match self.path().split_once("{id}") {
            None => (path == self.path()).then_some(""),
            Some((before, after)) => {
                let id = path.strip_prefix(before)?.strip_suffix(after)?;
                (!id.is_empty() && !id.contains('/')).then_some(id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_one_route_or_none() {
        for route in Route::ALL {
            assert_eq!(Route::of(&route.path().replace("{id}", "7")).map(|(route, _)| route), Some(route));
        }
        assert_eq!(Route::of("/v1/approvals/a-b/status"), Some((Route::ApprovalStatus, "a-b")));
        for path in ["", "/", "/v1/scan/", "/v1/approvals//status", "/v1/approvals/a/b/status", "/v1/approvals/status"]
        {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
