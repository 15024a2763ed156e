//! `C_FindObjectsInit`, `C_FindObjects` and `C_FindObjectsFinal`.

use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;
use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_HANDLE};

use super::{RawModule, length, missing, nonsense, returned};
use crate::token::wire::Failure;
use crate::token::worker::calling::calling;

/// The handles that one `C_FindObjects` fetches.
const AT_ONCE: usize = 256;

impl RawModule {
    /// The objects that match a template, and at most one more than `most`.
    pub(in crate::token::worker) fn find(
        &self,
        session: &Session,
        template: &[Attribute],
        most: usize,
    ) -> Result<Vec<ObjectHandle>, Failure> {
        let init = self.functions.C_FindObjectsInit.ok_or_else(|| missing("C_FindObjectsInit"))?;
        let last = self.functions.C_FindObjectsFinal.ok_or_else(|| missing("C_FindObjectsFinal"))?;
        let mut template: Vec<CK_ATTRIBUTE> = template.iter().map(Into::into).collect();
        let count = length("C_FindObjectsInit", template.len())?;
        // SAFETY: the template and the values that its entries point to live through the call.
        let value =
            calling(c"FindObjectsInit", || unsafe { init(session.handle(), template.as_mut_ptr(), count) });
        returned("C_FindObjectsInit", value)?;
        let found = self.fetch(session, most);
        // SAFETY: the session is open.
        let value = calling(c"FindObjectsFinal", || unsafe { last(session.handle()) });
        let found = found?;
        returned("C_FindObjectsFinal", value)?;
        Ok(found)
    }

    fn fetch(&self, session: &Session, most: usize) -> Result<Vec<ObjectHandle>, Failure> {
        const FUNCTION: &str = "C_FindObjects";
        let next = self.functions.C_FindObjects.ok_or_else(|| missing(FUNCTION))?;
        let mut found = Vec::new();
        while found.len() <= most {
            let mut buffer: Vec<CK_OBJECT_HANDLE> = vec![0; AT_ONCE];
            let room = length(FUNCTION, buffer.len())?;
            let mut count = 0;
            // SAFETY: the buffer lives through the call and has the room that is given; so does the count.
            let value = calling(c"FindObjects", || unsafe {
                next(session.handle(), buffer.as_mut_ptr(), room, &raw mut count)
            });
            returned(FUNCTION, value)?;
            let fetched = usize::try_from(count).unwrap_or(usize::MAX);
            if fetched > buffer.len() {
                return Err(nonsense(
                    FUNCTION,
                    format!("claims {count} objects, asked for at most {AT_ONCE}"),
                ));
            }
            buffer.truncate(fetched);
            // SAFETY: the numbers are handles that the module has just given.
            found.extend(buffer.into_iter().map(|handle| unsafe { ObjectHandle::new_from_raw(handle) }));
            if fetched < AT_ONCE {
                break;
            }
        }
        found.truncate(most.saturating_add(1));
        Ok(found)
    }
}
