/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

import io.github.lockfile.Look.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Why a path cannot be locked.
 *
 * @param reason a clause that can follow "because"
 * @param passing whether that may change without a change of the path
 * @param nativeLockMissing whether all that is missing is the native lock that was asked
 * for
 */
record Obstacle(String reason, boolean passing, boolean nativeLockMissing, @Nullable IOException cause) {

	/**
	 * The path named something else each time that the lock was there.
	 */
	static final Obstacle REPLACED = new Obstacle("another program keeps replacing it", true, false, null);

	static Obstacle lasting(String reason) {
		return new Obstacle(reason, false, false, null);
	}

	static Obstacle nativeLockMissing(String reason) {
		return new Obstacle("a native lock is required, but " + reason, false, true, null);
	}

	/**
	 * Says what is in the way at the path, if a file that is there cannot be locked.
	 */
	static Obstacle of(Kind kind) {
		return lasting(switch (kind) {
			case DIRECTORY -> "it is a directory";
			// Whoever made the link could have us write to any file.
			case LINK -> "it is a symbolic link";
			default -> "it is not a regular file";
		});
	}

	static Obstacle somebodysData(long size) {
		return lasting(((size > LockRecord.MAX_LENGTH)
				? "it has " + size + " bytes, more than the " + LockRecord.MAX_LENGTH + " of any lock file"
				: "its content is not that of a lock file") + "; it seems to be somebody's data");
	}

	/**
	 * Finds the true reason of a failure.
	 */
	static Obstacle of(LockPath path, IOException failure) {
		IOException cause = failure;
		try {
			Path directory = Objects.requireNonNull(path.toPath().getRoot());
			for (Path name : Objects.requireNonNull(path.toPath().getParent())) {
				directory = directory.resolve(name);
				if (!LockPath.isDirectory(directory)) {
					break;
				}
			}
		}
		catch (IOException ex) {
			cause = ex;
		}
		return new Obstacle(reason(cause), !(cause instanceof FileAlreadyExistsException || path.isTooLong()), false,
				failure);
	}

	private static String reason(IOException ex) {
		if (!(ex instanceof FileSystemException failed)) {
			return (ex.getMessage() != null) ? ex.getMessage() : ex.toString();
		}
		String file = "'" + failed.getFile() + "'";
		if (ex instanceof AccessDeniedException) {
			return "permission denied for " + file;
		}
		if (ex instanceof FileAlreadyExistsException) {
			return file + " is not a directory";
		}
		if (ex instanceof NoSuchFileException) {
			return (failed.getOtherFile() != null)
					? file + " is a link to '" + failed.getOtherFile() + "', which does not exist"
					: file + " does not exist";
		}
		return (failed.getReason() != null) ? failed.getReason() + ": " + file : ex.toString();
	}

}
